"""Products, orders and customers.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE products (id serial PRIMARY KEY, name text NOT NULL, pence int NOT NULL)")
    op.execute("CREATE TABLE orders (id serial PRIMARY KEY, cake text NOT NULL)")
    op.execute("CREATE TABLE collected_orders (id int PRIMARY KEY, cake text NOT NULL)")
    op.execute("CREATE TABLE customers (id serial PRIMARY KEY, name text NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE products, orders, collected_orders, customers")
