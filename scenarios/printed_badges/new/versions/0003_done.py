"""Badges are not printed but done.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.alter_column("badges", "printed_at", new_column_name="done_at")


def downgrade() -> None:
    op.alter_column("badges", "done_at", new_column_name="printed_at")
