"""Clubs, members, books, reviews.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE clubs (id serial PRIMARY KEY, name text NOT NULL)")
    op.execute(
        "CREATE TABLE members (id serial PRIMARY KEY, club integer NOT NULL REFERENCES clubs, name text NOT NULL)"
    )
    op.execute("CREATE INDEX members_by_club ON members (club)")
    op.execute("CREATE TABLE books (id serial PRIMARY KEY, title text NOT NULL)")
    op.execute(
        "CREATE TABLE reviews (id serial PRIMARY KEY, book integer NOT NULL REFERENCES books, stars integer NOT NULL)"
    )
    op.execute("CREATE INDEX reviews_by_book ON reviews (book)")


def downgrade() -> None:
    for table in ("reviews", "books", "members", "clubs"):
        op.drop_table(table)
