"""Letters are not sent but delivered.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.alter_column("letters", "sent_at", new_column_name="delivered_at")


def downgrade() -> None:
    op.alter_column("letters", "delivered_at", new_column_name="sent_at")
