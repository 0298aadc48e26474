"""Customers, couriers and bouquets.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TYPE address AS (street text, city text)")
    op.execute("CREATE TYPE place AS (x integer, y integer)")
    op.execute("CREATE TYPE bouquet_size AS ENUM ('small', 'large')")
    op.execute("CREATE TABLE customers (id serial PRIMARY KEY, home address NOT NULL)")
    op.execute("CREATE TABLE couriers (id serial PRIMARY KEY, start place NOT NULL)")
    op.execute("CREATE TABLE bouquets (id serial PRIMARY KEY, size bouquet_size NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE bouquets, couriers, customers")
    op.execute("DROP TYPE bouquet_size, place, address")
