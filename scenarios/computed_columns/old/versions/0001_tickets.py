"""Tickets.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute(
        "CREATE TABLE tickets (id serial PRIMARY KEY, concert text NOT NULL, seat text NOT NULL, cents int NOT NULL)"
    )


def downgrade() -> None:
    op.execute("DROP TABLE tickets")
