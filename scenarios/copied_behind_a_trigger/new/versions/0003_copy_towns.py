"""Towns of those who were there before are copied, in batches.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("UPDATE readers SET place = town WHERE place IS NULL AND id <= 1000")
        op.execute("UPDATE readers SET place = town WHERE place IS NULL")


def downgrade() -> None:
    pass
