"""The new scales give floating point numbers.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.alter_column("weighings", "kilos", type_=sa.Double())


def downgrade() -> None:
    op.alter_column("weighings", "kilos", type_=sa.Numeric(8, 3))
