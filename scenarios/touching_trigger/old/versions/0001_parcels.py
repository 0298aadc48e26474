"""Parcels, couriers, tours.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE parcels (id serial PRIMARY KEY, street text NOT NULL, label text)")
    op.execute("CREATE TABLE couriers (id serial PRIMARY KEY, name text NOT NULL, badge text)")
    op.execute("CREATE TABLE tours (id serial PRIMARY KEY, district text NOT NULL, status text)")


def downgrade() -> None:
    for table in ("tours", "couriers", "parcels"):
        op.drop_table(table)
