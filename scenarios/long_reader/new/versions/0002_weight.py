"""Parcels have a weight.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("ALTER TABLE parcels ADD weight int")


def downgrade() -> None:
    op.execute("ALTER TABLE parcels DROP weight")
