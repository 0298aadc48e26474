"""A job that waits for a part is on hold.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("ALTER TYPE job_state ADD VALUE 'on_hold' AFTER 'waiting'")


def downgrade() -> None:
    pass
