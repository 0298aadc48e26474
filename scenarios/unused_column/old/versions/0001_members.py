"""Members, loans and reminders.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE members (id serial PRIMARY KEY, name text NOT NULL, fax text)")
    op.execute("CREATE TABLE loans (id serial PRIMARY KEY, book text NOT NULL, due date NOT NULL, stamp text)")
    op.execute(
        "CREATE TABLE reminders (id serial PRIMARY KEY, address text NOT NULL, subject text NOT NULL, letter text)"
    )


def downgrade() -> None:
    op.execute("DROP TABLE reminders")
    op.execute("DROP TABLE loans")
    op.execute("DROP TABLE members")
