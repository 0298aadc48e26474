"""Copy the numbers that are there.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("UPDATE friends SET telephone = phone WHERE telephone IS NULL")


def downgrade() -> None:
    pass
