"""Guests.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE guests (id serial PRIMARY KEY, name text NOT NULL, salutation text)")


def downgrade() -> None:
    op.execute("DROP TABLE guests")
