"""Parcels have a height; the lock is given up when it is not to be had at once.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '50ms'")
    op.execute("ALTER TABLE parcels ADD height int")


def downgrade() -> None:
    op.execute("ALTER TABLE parcels DROP height")
