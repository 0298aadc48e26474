"""Guests, and a telephone number that waits to be confirmed.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE guests (id serial PRIMARY KEY, phone text NOT NULL, draft text)")


def downgrade() -> None:
    op.drop_table("guests")
