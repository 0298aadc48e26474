"""Every ticket has a currency; those that are sold were sold in euros.

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("tickets", sa.Column("currency", sa.Text(), nullable=False, server_default="EUR"))


def downgrade() -> None:
    op.drop_column("tickets", "currency")
