"""Patients, visits and invoices.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE patients (id serial PRIMARY KEY, surgery text NOT NULL, name text NOT NULL)")
    op.execute("CREATE TABLE visits (id uuid PRIMARY KEY, surgery text NOT NULL, reason text NOT NULL)")
    op.execute("CREATE TABLE invoices (id serial PRIMARY KEY, surgery text NOT NULL, cents integer NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE invoices, visits, patients")
