"""Invoices, their exports, and the newsletter.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE invoices (id serial PRIMARY KEY, customer text NOT NULL, cents int NOT NULL)")
    op.execute(
        "CREATE TABLE invoice_exports (invoice_id int PRIMARY KEY REFERENCES invoices (id), checksum text NOT NULL)"
    )
    op.execute("CREATE TABLE newsletters (id serial PRIMARY KEY, email text NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE newsletters, invoice_exports, invoices")
