"""Appointments.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute(
        "CREATE TABLE appointments (id serial PRIMARY KEY, patient text NOT NULL, reminded bool NOT NULL DEFAULT false)"
    )
    op.execute("CREATE TABLE mails (id serial PRIMARY KEY, recipient text NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE mails")
    op.execute("DROP TABLE appointments")
