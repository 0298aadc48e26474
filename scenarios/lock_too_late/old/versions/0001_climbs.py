"""Climbs.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE climbs (id serial PRIMARY KEY, wall text NOT NULL, climber text NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE climbs")
