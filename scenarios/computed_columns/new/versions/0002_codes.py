"""Every ticket has a code of its own, also those that are sold.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("tickets", sa.Column("code", sa.Uuid(), nullable=False, server_default=sa.text("gen_random_uuid()")))


def downgrade() -> None:
    op.drop_column("tickets", "code")
