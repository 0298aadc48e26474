"""Readers and loans.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE readers (id serial PRIMARY KEY, name text NOT NULL)")
    op.execute("CREATE TABLE loans (id serial PRIMARY KEY, book text NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE loans")
    op.execute("DROP TABLE readers")
