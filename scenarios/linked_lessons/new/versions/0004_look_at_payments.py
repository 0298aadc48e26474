"""So do all payments that are there.

Revision ID: 0004
"""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("ALTER TABLE payments VALIDATE CONSTRAINT payments_pupil_fkey")
    op.execute("SELECT pg_sleep(0.8)")  # stands in for the size of the table


def downgrade() -> None:
    pass
