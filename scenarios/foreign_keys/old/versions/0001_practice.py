"""Animals, treatments and invoices.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE owners (id serial PRIMARY KEY, name text NOT NULL)")
    op.execute("CREATE TABLE animals (id serial PRIMARY KEY, name text NOT NULL, owner int NOT NULL)")
    op.execute("CREATE TABLE treatments (id serial PRIMARY KEY, reason text NOT NULL)")
    op.execute("CREATE TABLE doses (id serial PRIMARY KEY, treatment int NOT NULL)")
    op.execute("CREATE INDEX doses_treatment ON doses (treatment)")
    op.execute("CREATE TABLE customers (id serial PRIMARY KEY, name text NOT NULL)")
    op.execute(
        "CREATE TABLE invoices (id serial PRIMARY KEY, cents int NOT NULL, paid boolean NOT NULL, customer int"
        " CONSTRAINT invoices_customer_fkey REFERENCES customers ON DELETE SET NULL)"
    )
    op.execute("CREATE INDEX invoices_customer ON invoices (customer)")


def downgrade() -> None:
    op.execute("DROP TABLE invoices, customers, doses, treatments, animals, owners")
