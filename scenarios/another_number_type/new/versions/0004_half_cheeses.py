"""Half a cheese can be in stock.

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.alter_column("stock", "amount", type_=sa.Numeric(8, 2))


def downgrade() -> None:
    op.alter_column("stock", "amount", type_=sa.Integer())
