"""Loans are called lendings, as in the other branches; the old name stays as a view until the next release.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.rename_table("loans", "lendings")
    op.execute("CREATE VIEW loans AS SELECT id, reader, book, days FROM lendings")


def downgrade() -> None:
    op.execute("DROP VIEW loans")
    op.rename_table("lendings", "loans")
