"""Couriers.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE couriers (id serial PRIMARY KEY, name text NOT NULL, owed int NOT NULL)")
    op.execute("INSERT INTO couriers (name, owed) SELECT 'courier ' || n, n FROM generate_series(1, 30) AS n")


def downgrade() -> None:
    op.execute("DROP TABLE couriers")
