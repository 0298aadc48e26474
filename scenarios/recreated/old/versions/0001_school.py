"""The school.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE pupils (id serial PRIMARY KEY, name text NOT NULL, instrument text NOT NULL)")
    op.execute("CREATE TABLE lessons (id serial PRIMARY KEY, weekday text NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE lessons")
    op.execute("DROP TABLE pupils")
