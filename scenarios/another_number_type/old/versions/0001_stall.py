"""Cheeses, weighings, stock, and an outbox.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE cheeses (id serial PRIMARY KEY, name text NOT NULL, price numeric(6, 2) NOT NULL)")
    op.execute("CREATE TABLE weighings (id serial PRIMARY KEY, kilos numeric(8, 3) NOT NULL)")
    op.execute("CREATE TABLE stock (id serial PRIMARY KEY, cheese text NOT NULL, amount int NOT NULL)")
    op.execute("CREATE TABLE outbox (id serial PRIMARY KEY, message text NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE cheeses, weighings, stock, outbox")
