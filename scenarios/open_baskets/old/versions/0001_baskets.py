"""Baskets and what was paid.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE baskets (id serial PRIMARY KEY, item text NOT NULL, paid boolean NOT NULL DEFAULT false)")


def downgrade() -> None:
    op.drop_table("baskets")
