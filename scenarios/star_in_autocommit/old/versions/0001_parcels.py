"""Parcels and couriers.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute(
        "CREATE TABLE parcels (id serial PRIMARY KEY, addressee text NOT NULL, fetched boolean NOT NULL DEFAULT false)"
    )
    op.execute("CREATE TABLE couriers (id serial PRIMARY KEY, name text NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE couriers")
    op.execute("DROP TABLE parcels")
