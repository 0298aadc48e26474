"""The singers who are there get their part.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("UPDATE singers SET part = voice WHERE part IS NULL")


def downgrade() -> None:
    pass
