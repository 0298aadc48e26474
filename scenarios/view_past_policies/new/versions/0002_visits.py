"""Appointments are visits, since doctors go to see patients too. The old name stays as a view until the next release.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.rename_table("appointments", "visits")
    op.execute("CREATE VIEW appointments WITH (security_invoker = true) AS SELECT id, practice, patient FROM visits")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON appointments TO practice_desk")


def downgrade() -> None:
    op.execute("DROP VIEW appointments")
    op.rename_table("visits", "appointments")
