"""Permits are found by plate without reading them all.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_index("permits_by_plate", "permits", ["plate"])
    op.execute("SELECT pg_sleep(0.8)")  # stands in for the size of the table


def downgrade() -> None:
    op.drop_index("permits_by_plate")
