"""The price list says "adult", and so do we from now on.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("ALTER TYPE ticket_kind RENAME VALUE 'standard' TO 'adult'")


def downgrade() -> None:
    op.execute("ALTER TYPE ticket_kind RENAME VALUE 'adult' TO 'standard'")
