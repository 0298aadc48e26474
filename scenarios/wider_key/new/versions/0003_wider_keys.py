"""There will be more meters than an integer can count.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("ALTER TABLE meters ALTER id TYPE bigint")


def downgrade() -> None:
    op.execute("ALTER TABLE meters ALTER id TYPE int")
