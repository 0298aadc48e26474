"""Orders that are there get their zone.

Revision ID: 0004
"""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("UPDATE orders SET zone = left(postcode, 2) WHERE zone IS NULL")
    op.execute("SELECT pg_sleep(0.8)")  # stands in for the size of the table


def downgrade() -> None:
    pass
