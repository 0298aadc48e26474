"""Sizes are those of lockers; swimsuits, which come next year, will have others.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("ALTER TYPE size RENAME TO locker_size")


def downgrade() -> None:
    op.execute("ALTER TYPE locker_size RENAME TO size")
