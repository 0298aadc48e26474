"""Nobody compares checksums any more.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("ALTER TABLE invoice_exports DROP checksum")


def downgrade() -> None:
    op.execute("ALTER TABLE invoice_exports ADD checksum text")
