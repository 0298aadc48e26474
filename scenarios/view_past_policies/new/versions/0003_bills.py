"""Invoices are bills, as in the accountants' program. The old name stays as a view until the next release.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.rename_table("invoices", "bills")
    op.execute("CREATE VIEW invoices AS SELECT id, practice, patient, cents FROM bills")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON invoices TO practice_desk")


def downgrade() -> None:
    op.execute("DROP VIEW invoices")
    op.rename_table("bills", "invoices")
