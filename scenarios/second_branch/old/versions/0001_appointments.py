"""Appointments and rooms.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE appointments (id serial PRIMARY KEY, patient text NOT NULL, hour integer NOT NULL)")
    op.execute("CREATE TABLE rooms (id serial PRIMARY KEY, name text NOT NULL)")


def downgrade() -> None:
    op.drop_table("rooms")
    op.drop_table("appointments")
