"""Appointments and invoices; each practice has its own.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE appointments (id serial PRIMARY KEY, practice text NOT NULL, patient text NOT NULL)")
    op.execute(
        "CREATE TABLE invoices (id serial PRIMARY KEY, practice text NOT NULL, patient text NOT NULL, "
        "cents int NOT NULL)"
    )
    for table in ("appointments", "invoices"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own_rows ON {table} USING (practice = current_setting('app.practice'))")


def downgrade() -> None:
    op.execute("DROP TABLE invoices, appointments")
