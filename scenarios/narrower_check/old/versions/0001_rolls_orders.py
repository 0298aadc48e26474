"""Rolls and orders of cakes.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute(
        "CREATE TABLE rolls (id serial PRIMARY KEY, pieces int NOT NULL, flour text NOT NULL,"
        " CONSTRAINT rolls_flour_check CHECK (flour IN ('wheat', 'rye')))"
    )
    op.execute(
        "CREATE TABLE orders (id serial PRIMARY KEY, cake text NOT NULL, phone text NOT NULL,"
        " CONSTRAINT orders_phone_check CHECK (phone <> ''))"
    )


def downgrade() -> None:
    op.execute("DROP TABLE orders, rolls")
