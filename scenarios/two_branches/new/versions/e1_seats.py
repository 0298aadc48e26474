"""Tickets are for seats.

Revision ID: e1
"""

from alembic import op

revision = "e1"
down_revision = "0001"
branch_labels = ("expand",)


def upgrade() -> None:
    op.execute("CREATE TABLE seats (ticket int PRIMARY KEY REFERENCES tickets, seat text)")


def downgrade() -> None:
    op.execute("DROP TABLE seats")
