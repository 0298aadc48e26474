"""Members, and the classes that they book.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE members (id serial PRIMARY KEY, name text NOT NULL, card text NOT NULL)")
    op.execute("CREATE TABLE bookings (id serial PRIMARY KEY, member text NOT NULL, course text NOT NULL)")
    op.execute("CREATE INDEX bookings_member ON bookings (member)")


def downgrade() -> None:
    op.execute("DROP TABLE bookings, members")
