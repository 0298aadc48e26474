"""Every payment gets the next number of a receipt, whoever enters it.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("CREATE SEQUENCE receipt_numbers")
    op.execute("GRANT USAGE ON SEQUENCE receipt_numbers TO repair_counter")
    op.execute("ALTER TABLE payments ADD COLUMN receipt bigint")
    op.execute("ALTER TABLE payments ALTER COLUMN receipt SET DEFAULT nextval('receipt_numbers')")


def downgrade() -> None:
    op.execute("ALTER TABLE payments DROP COLUMN receipt")
    op.execute("DROP SEQUENCE receipt_numbers")
