"""Couriers ride in a district.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("ALTER TABLE couriers ADD district text")


def downgrade() -> None:
    op.execute("ALTER TABLE couriers DROP district")
