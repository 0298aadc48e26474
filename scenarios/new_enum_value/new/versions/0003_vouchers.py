"""Vouchers will be a way to pay; the shop sells them from the next release on.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("ALTER TYPE payment_way ADD VALUE 'voucher'")


def downgrade() -> None:
    pass
