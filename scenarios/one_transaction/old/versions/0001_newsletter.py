"""Subscribers and issues; some issues have a summary, written by hand.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE subscribers (id serial PRIMARY KEY, email text NOT NULL)")
    op.execute("CREATE TABLE issues (id serial PRIMARY KEY, text text NOT NULL, summary text)")


def downgrade() -> None:
    op.execute("DROP TABLE subscribers, issues")
