"""Tickets.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute(
        "CREATE TABLE tickets (id serial PRIMARY KEY, event text NOT NULL, cents int NOT NULL, "
        "channel text NOT NULL DEFAULT 'web', sold_at timestamptz NOT NULL DEFAULT now())"
    )


def downgrade() -> None:
    op.execute("DROP TABLE tickets")
