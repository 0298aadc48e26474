"""To which branch a room belongs: the first one, unless it is said.

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("rooms", sa.Column("branch", sa.Text(), nullable=False, server_default="main"))


def downgrade() -> None:
    op.drop_column("rooms", "branch")
