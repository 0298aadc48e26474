"""Nights have a tariff of their own.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("INSERT INTO tariffs VALUES ('night', 100)")


def downgrade() -> None:
    op.execute("UPDATE tickets SET tariff = 'hour' WHERE tariff = 'night'")
    op.execute("DELETE FROM tariffs WHERE code = 'night'")
