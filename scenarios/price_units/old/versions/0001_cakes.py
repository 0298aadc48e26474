"""Cakes and deliveries.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE cakes (
            id serial PRIMARY KEY, name text NOT NULL, price numeric NOT NULL, baking_time integer NOT NULL
        )
    """)
    op.execute("CREATE TABLE deliveries (id serial PRIMARY KEY, street text NOT NULL, kilometres numeric NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE deliveries")
    op.execute("DROP TABLE cakes")
