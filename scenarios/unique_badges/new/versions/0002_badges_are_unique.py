"""A badge is given out once.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_unique_constraint("members_badge_key", "members", ["badge"])


def downgrade() -> None:
    op.drop_constraint("members_badge_key", "members")
