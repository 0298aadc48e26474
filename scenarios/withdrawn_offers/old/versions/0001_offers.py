"""Offers and stalls.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE offers (id serial PRIMARY KEY, thing text NOT NULL, price integer NOT NULL)")
    op.execute("CREATE TABLE stalls (id serial PRIMARY KEY, keeper text NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE stalls")
    op.execute("DROP TABLE offers")
