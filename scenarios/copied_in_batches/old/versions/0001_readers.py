"""Readers of a library.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE readers (id serial PRIMARY KEY, town text NOT NULL)")


def downgrade() -> None:
    op.drop_table("readers")
