"""Evenings.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE evenings (id serial PRIMARY KEY, visitor text NOT NULL, telescope text NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE evenings")
