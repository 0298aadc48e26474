"""A surgery sees its own invoices.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("ALTER TABLE invoices ENABLE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY own_invoices ON invoices USING (surgery = current_setting('app.surgery'))")


def downgrade() -> None:
    op.execute("DROP POLICY own_invoices ON invoices")
    op.execute("ALTER TABLE invoices DISABLE ROW LEVEL SECURITY")
