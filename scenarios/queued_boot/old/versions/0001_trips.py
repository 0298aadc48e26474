"""Trips.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE trips (id serial PRIMARY KEY, boat text NOT NULL, guest text NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE trips")
