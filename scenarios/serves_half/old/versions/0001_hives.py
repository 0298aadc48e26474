"""Hives.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE hives (id serial PRIMARY KEY, stand text NOT NULL, keeper text NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE hives")
