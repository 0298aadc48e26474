"""Cards and marks, with what came over from the paper catalogue.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE cards (id serial PRIMARY KEY, number text NOT NULL, reader text NOT NULL)")
    op.execute("CREATE TABLE marks (id serial PRIMARY KEY, mark text NOT NULL, title text NOT NULL)")
    op.execute(
        "INSERT INTO cards (number, reader) VALUES ('17', 'A. Byron'), ('18', 'Ch. Babbage'), ('17', 'Ada Byron')"
    )
    op.execute("INSERT INTO marks (mark, title) VALUES ('A1', 'Emma'), ('A2', 'Persuasion'), ('A1', 'Emma')")


def downgrade() -> None:
    op.execute("DROP TABLE cards, marks")
