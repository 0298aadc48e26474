"""Finds, the shelves where they lie, and telegrams to their owners.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE shelves (place text PRIMARY KEY, shelf text NOT NULL)")
    op.execute("INSERT INTO shelves VALUES ('tram', 'T'), ('bus', 'B')")
    op.execute("CREATE TABLE finds (id serial PRIMARY KEY, what text NOT NULL, place text NOT NULL)")
    op.execute("CREATE TABLE telegrams (id serial PRIMARY KEY, message text NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE telegrams, finds, shelves")
