"""A cake may have candles; once it is collected, nobody asks for them.

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("orders", sa.Column("candles", sa.Integer()))


def downgrade() -> None:
    op.drop_column("orders", "candles")
