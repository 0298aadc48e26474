"""Photographs, which everybody may see, and albums.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE photos (id serial PRIMARY KEY, title text NOT NULL, visibility text NOT NULL DEFAULT 'public')
    """)
    op.execute(
        "CREATE TABLE albums (id serial PRIMARY KEY, name text NOT NULL, sorting text NOT NULL DEFAULT 'by date')"
    )


def downgrade() -> None:
    op.execute("DROP TABLE albums")
    op.execute("DROP TABLE photos")
