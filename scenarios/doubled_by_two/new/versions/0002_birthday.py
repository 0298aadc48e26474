"""Every card gets fifty points; committed at once, so that no card stays locked.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("UPDATE cards SET points = points + 50")


def downgrade() -> None:
    op.execute("UPDATE cards SET points = points - 50")
