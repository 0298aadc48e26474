"""Firings.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE firings (id serial PRIMARY KEY, pot text NOT NULL, glaze text NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE firings")
