"""Baskets and wishes.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE baskets (id serial PRIMARY KEY, packed text NOT NULL)")
    op.execute("CREATE TABLE wishes (id serial PRIMARY KEY, packed text NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE wishes")
    op.execute("DROP TABLE baskets")
