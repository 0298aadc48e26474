"""A waiting list for each course.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("CREATE TABLE waiting_lists (course integer PRIMARY KEY, names text[] NOT NULL DEFAULT '{}')")


def downgrade() -> None:
    op.execute("DROP TABLE waiting_lists")
