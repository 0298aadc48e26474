"""All appointments so far are those of the first branch.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("UPDATE appointments SET branch = 'main' WHERE branch IS NULL")


def downgrade() -> None:
    pass
