"""Loans have a day since when the book is out; the table is copied and takes the old one's place.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("LOCK TABLE loans IN SHARE MODE")
    op.execute("CREATE TABLE loans_copy (LIKE loans INCLUDING ALL)")
    op.execute("ALTER TABLE loans_copy ADD COLUMN since date NOT NULL DEFAULT current_date")
    op.execute("INSERT INTO loans_copy (id, book) SELECT id, book FROM loans")
    op.execute("ALTER SEQUENCE loans_id_seq OWNED BY loans_copy.id")
    op.execute("DROP TABLE loans")
    op.execute("ALTER TABLE loans_copy RENAME TO loans")


def downgrade() -> None:
    op.execute("ALTER TABLE loans DROP COLUMN since")
