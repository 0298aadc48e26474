"""Prices are kept in cents, so that nobody has to round.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("UPDATE cakes SET price = price * 100")


def downgrade() -> None:
    op.execute("UPDATE cakes SET price = price / 100")
