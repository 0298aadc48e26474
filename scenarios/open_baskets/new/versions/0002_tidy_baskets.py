"""Baskets that nobody paid are thrown away, and an index finds the others.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("DELETE FROM baskets WHERE NOT paid")
    op.execute("CREATE INDEX ix_baskets_item ON baskets (item)")


def downgrade() -> None:
    op.execute("DROP INDEX ix_baskets_item")
