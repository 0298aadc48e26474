"""Tickets are sold on the web alone.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("ALTER TABLE tickets DROP channel")


def downgrade() -> None:
    op.execute("ALTER TABLE tickets ADD channel text NOT NULL DEFAULT 'web'")
