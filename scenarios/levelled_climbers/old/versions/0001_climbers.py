"""Climbers.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE climbers (id serial PRIMARY KEY, name text NOT NULL, routes int NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE climbers")
