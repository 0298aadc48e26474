"""Owners; those from the card index lack a thing or two.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE owners (id serial PRIMARY KEY, name text NOT NULL, phone text, email text)")


def downgrade() -> None:
    op.execute("DROP TABLE owners")
