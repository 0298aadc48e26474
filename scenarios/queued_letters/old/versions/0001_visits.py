"""Visits, and letters that wait to be sent.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE visits (id serial PRIMARY KEY, visitor text NOT NULL, room text NOT NULL)")
    op.execute(
        "CREATE TABLE letters (id serial PRIMARY KEY, visitor text NOT NULL, text text NOT NULL, sent_at timestamptz)"
    )


def downgrade() -> None:
    op.execute("DROP TABLE letters, visits")
