"""Whoever has a seat has no wishes.

Revision ID: c1
"""

from alembic import op

revision = "c1"
down_revision = "0001"
branch_labels = ("contract",)
depends_on = ("e1",)


def upgrade() -> None:
    op.execute("DROP TABLE wishes")


def downgrade() -> None:
    op.execute("CREATE TABLE wishes (ticket int PRIMARY KEY REFERENCES tickets, wish text)")
