"""Parcels and vans.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE SEQUENCE parcel_numbers")
    op.execute("CREATE TABLE parcels (number int PRIMARY KEY, street text NOT NULL)")
    op.execute("CREATE TABLE vans (id serial PRIMARY KEY, plate text NOT NULL, miles int NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE vans")
    op.execute("DROP TABLE parcels")
    op.execute("DROP SEQUENCE parcel_numbers")
