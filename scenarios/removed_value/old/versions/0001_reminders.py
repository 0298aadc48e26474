"""Reminders.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TYPE contact AS ENUM ('letter', 'fax', 'message')")
    op.execute("CREATE TABLE reminders (id serial PRIMARY KEY, animal text NOT NULL, contact contact NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE reminders")
    op.execute("DROP TYPE contact")
