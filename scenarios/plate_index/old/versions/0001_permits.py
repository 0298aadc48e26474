"""Permits.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE permits (id serial PRIMARY KEY, plate text NOT NULL, street text NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE permits")
