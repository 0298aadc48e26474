"""Every singer has a voice; the application says so from now on.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.alter_column("singers", "voice", nullable=False)


def downgrade() -> None:
    op.alter_column("singers", "voice", nullable=True)
