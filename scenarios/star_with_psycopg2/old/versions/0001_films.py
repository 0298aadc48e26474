"""Films and seats.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE films (id serial PRIMARY KEY, title text NOT NULL, minutes integer NOT NULL DEFAULT 90)")
    op.execute("CREATE TABLE seats (id serial PRIMARY KEY, guest text NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE seats")
    op.execute("DROP TABLE films")
