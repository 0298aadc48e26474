"""Invoices have terms.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("ALTER TABLE invoices ADD terms text")


def downgrade() -> None:
    op.execute("ALTER TABLE invoices DROP terms")
