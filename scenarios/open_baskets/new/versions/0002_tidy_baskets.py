"""An index finds baskets by what is in them, and those that nobody paid are thrown away.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # The other way round, whoever pays such a basket and the index would wait for one another.
    op.execute("CREATE INDEX ix_baskets_item ON baskets (item)")
    op.execute("DELETE FROM baskets WHERE NOT paid")


def downgrade() -> None:
    op.execute("DROP INDEX ix_baskets_item")
