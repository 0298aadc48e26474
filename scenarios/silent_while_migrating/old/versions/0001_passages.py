"""Passages.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE passages (id serial PRIMARY KEY, ferry text NOT NULL, passenger text NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE passages")
