"""Visits and ratings.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE visits (id serial PRIMARY KEY, page text NOT NULL, referrer text NOT NULL)")
    op.execute("CREATE TABLE ratings (id serial PRIMARY KEY, page text NOT NULL, stars int NOT NULL, visitor text)")


def downgrade() -> None:
    op.execute("DROP TABLE ratings, visits")
