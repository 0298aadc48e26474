"""We open in Zurich: who writes an invoice has to say in which currency, and nobody shall forget it.

Revision ID: 0004
"""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.alter_column("invoices", "currency", server_default=None)


def downgrade() -> None:
    op.alter_column("invoices", "currency", server_default="EUR")
