"""The count of orders gets a better name.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("ALTER TABLE order_counts RENAME TO daily_orders")


def downgrade() -> None:
    op.execute("ALTER TABLE daily_orders RENAME TO order_counts")
