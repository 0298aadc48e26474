"""Owners, pets and visits.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE owners (id serial PRIMARY KEY, name text NOT NULL, town text NOT NULL)")
    op.execute(
        "CREATE TABLE pets (id serial PRIMARY KEY, owner int NOT NULL REFERENCES owners, name text NOT NULL,"
        " species text NOT NULL, grams int NOT NULL)"
    )
    op.execute("CREATE TABLE visits (id serial PRIMARY KEY, pet int NOT NULL REFERENCES pets, reason text NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE visits")
    op.execute("DROP TABLE pets")
    op.execute("DROP TABLE owners")
