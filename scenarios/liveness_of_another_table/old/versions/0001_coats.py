"""Coats, and the rooms of the museum.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE coats (id serial PRIMARY KEY, colour text NOT NULL)")
    op.execute("CREATE TABLE rooms (name text PRIMARY KEY)")


def downgrade() -> None:
    op.execute("DROP TABLE rooms")
    op.execute("DROP TABLE coats")
