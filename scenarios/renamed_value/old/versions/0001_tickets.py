"""Season tickets and lockers.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TYPE ticket_kind AS ENUM ('standard', 'child')")
    op.execute("CREATE TYPE size AS ENUM ('small', 'large')")
    op.execute("CREATE TABLE tickets (id serial PRIMARY KEY, name text NOT NULL, kind ticket_kind NOT NULL)")
    op.execute("CREATE TABLE lockers (id serial PRIMARY KEY, name text NOT NULL, size size NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE lockers, tickets")
    op.execute("DROP TYPE size, ticket_kind")
