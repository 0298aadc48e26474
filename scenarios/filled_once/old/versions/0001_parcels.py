"""Parcels.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE parcels (id serial PRIMARY KEY, town text NOT NULL)")
    op.execute("INSERT INTO parcels (town) VALUES ('Ayr')")


def downgrade() -> None:
    op.drop_table("parcels")
