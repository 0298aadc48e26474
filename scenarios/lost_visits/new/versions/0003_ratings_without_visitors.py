"""Ratings are anonymous from now on.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("ALTER TABLE ratings DROP visitor")


def downgrade() -> None:
    op.execute("ALTER TABLE ratings ADD visitor text")
