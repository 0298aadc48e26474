"""New albums are sorted by hand.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.alter_column("albums", "sorting", server_default="by hand")


def downgrade() -> None:
    op.alter_column("albums", "sorting", server_default="by date")
