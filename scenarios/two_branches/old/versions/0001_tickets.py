"""Tickets.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE tickets (id serial PRIMARY KEY, film text NOT NULL)")
    op.execute("CREATE TABLE wishes (ticket int PRIMARY KEY REFERENCES tickets, wish text)")


def downgrade() -> None:
    op.execute("DROP TABLE wishes")
    op.execute("DROP TABLE tickets")
