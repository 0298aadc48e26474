"""Orders, their count, and what else the screen shows.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE orders (id serial PRIMARY KEY, item text NOT NULL)")
    op.execute("CREATE TABLE order_counts (orders bigint NOT NULL)")
    op.execute("INSERT INTO order_counts VALUES (0)")
    op.execute("CREATE TABLE banners (id serial PRIMARY KEY, text text NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE banners, order_counts, orders")
