"""A notice may be as long as it has to; from varchar to text nothing has to be rewritten.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.alter_column("notices", "body", type_=sa.Text())


def downgrade() -> None:
    op.alter_column("notices", "body", type_=sa.String(80))
