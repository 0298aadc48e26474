"""Readers have a day since when they are here; the table is copied and takes the old one's place, rights and all.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("LOCK TABLE readers IN SHARE MODE")
    op.execute("CREATE TABLE readers_copy (LIKE readers INCLUDING ALL)")
    op.execute("ALTER TABLE readers_copy ADD COLUMN since date NOT NULL DEFAULT current_date")
    op.execute("INSERT INTO readers_copy (id, name) SELECT id, name FROM readers")
    op.execute("ALTER SEQUENCE readers_id_seq OWNED BY readers_copy.id")
    op.execute("DROP TABLE readers")
    op.execute("ALTER TABLE readers_copy RENAME TO readers")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON readers TO library_desk")


def downgrade() -> None:
    op.execute("ALTER TABLE readers DROP COLUMN since")
