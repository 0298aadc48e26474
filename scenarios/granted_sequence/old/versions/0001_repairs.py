"""Repairs and payments.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE repairs (id serial PRIMARY KEY, bicycle text NOT NULL)")
    op.execute("CREATE TABLE payments (id serial PRIMARY KEY, cents integer NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE payments, repairs")
