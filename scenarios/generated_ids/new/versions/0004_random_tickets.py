"""Ticket numbers are drawn at random, so that nobody counts our customers.

Revision ID: 0004
"""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("DROP SEQUENCE ticket_numbers")


def downgrade() -> None:
    op.execute("CREATE SEQUENCE ticket_numbers")
