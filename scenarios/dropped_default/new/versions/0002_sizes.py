"""Large dogs are walked apart; a dog is of medium size until somebody says otherwise.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("dogs", sa.Column("size", sa.Text(), nullable=False, server_default="medium"))


def downgrade() -> None:
    op.drop_column("dogs", "size")
