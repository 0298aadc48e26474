"""Whoever is given no sheet has the first.

Revision ID: 0004
"""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.alter_column("singers", "sheet", server_default="1")


def downgrade() -> None:
    op.alter_column("singers", "sheet", server_default=None)
