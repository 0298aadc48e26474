"""Hives and harvests.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE hives (id serial PRIMARY KEY, queen text NOT NULL)")
    op.execute("CREATE TABLE harvests (id serial PRIMARY KEY, sort text NOT NULL, grams int NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE harvests, hives")
