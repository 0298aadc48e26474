"""Plots, and the cash book.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE plots (id serial PRIMARY KEY, tenant text NOT NULL)")
    op.execute("CREATE TABLE entries (id serial PRIMARY KEY, text text NOT NULL, cents int NOT NULL, corrects int)")
    op.execute("CREATE INDEX entries_corrects ON entries (corrects)")


def downgrade() -> None:
    op.execute("DROP TABLE entries, plots")
