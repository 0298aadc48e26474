"""Climbers and visits.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE climbers (id serial PRIMARY KEY, name text NOT NULL, grade text NOT NULL DEFAULT '4a')")
    op.execute("CREATE TABLE visits (id serial PRIMARY KEY, day text NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE visits")
    op.execute("DROP TABLE climbers")
