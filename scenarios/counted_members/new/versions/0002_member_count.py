"""A club knows how many members it has.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("clubs", sa.Column("member_count", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("clubs", "member_count")
