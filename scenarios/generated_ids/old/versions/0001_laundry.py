"""Customers, bundles and tickets.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE customers (id serial PRIMARY KEY, name text NOT NULL)")
    op.execute("CREATE TABLE bundles (id bigserial PRIMARY KEY, shirts int NOT NULL)")
    op.execute("CREATE SEQUENCE ticket_numbers")
    op.execute("CREATE TABLE tickets (number bigint PRIMARY KEY, item text NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE tickets, bundles, customers")
    op.execute("DROP SEQUENCE ticket_numbers")
