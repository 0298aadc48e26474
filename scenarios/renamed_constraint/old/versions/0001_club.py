"""Meetings, readers and ratings.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute(
        "CREATE TABLE meetings (id serial PRIMARY KEY, book text NOT NULL, chairs int NOT NULL,"
        " CONSTRAINT enough_chairs CHECK (chairs > 0))"
    )
    op.execute(
        "CREATE TABLE readers (id serial PRIMARY KEY, email text NOT NULL, CONSTRAINT readers_email_key UNIQUE (email))"
    )
    op.execute(
        "CREATE TABLE ratings (reader text NOT NULL, book text NOT NULL, stars int NOT NULL,"
        " CONSTRAINT ratings_reader_book_key UNIQUE (reader, book))"
    )


def downgrade() -> None:
    op.execute("DROP TABLE ratings, readers, meetings")
