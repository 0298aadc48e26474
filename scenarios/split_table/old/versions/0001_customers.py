"""Customers and where they live.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE customers (id serial PRIMARY KEY, name text NOT NULL, address text NOT NULL DEFAULT '')")


def downgrade() -> None:
    op.execute("DROP TABLE customers")
