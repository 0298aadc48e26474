"""Customers and signs.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE customers (id serial PRIMARY KEY, name varchar(20) NOT NULL)")
    op.execute("CREATE TABLE signs (id serial PRIMARY KEY, inscription text NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE signs")
    op.execute("DROP TABLE customers")
