"""Of a customer who leaves we keep nothing but what is paid.

Revision ID: 0004
"""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute(
            "ALTER TABLE invoices DROP CONSTRAINT invoices_customer_fkey, ADD CONSTRAINT invoices_customer_fkey"
            " FOREIGN KEY (customer) REFERENCES customers ON DELETE CASCADE NOT VALID"
        )
        op.execute("ALTER TABLE invoices VALIDATE CONSTRAINT invoices_customer_fkey")


def downgrade() -> None:
    op.execute(
        "ALTER TABLE invoices DROP CONSTRAINT invoices_customer_fkey, ADD CONSTRAINT invoices_customer_fkey"
        " FOREIGN KEY (customer) REFERENCES customers ON DELETE SET NULL"
    )
