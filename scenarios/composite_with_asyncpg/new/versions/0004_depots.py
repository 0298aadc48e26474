"""The place where a courier starts may be a depot; nothing that is stored has to be touched.

Revision ID: 0004
"""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("ALTER TYPE place ADD ATTRIBUTE depot text")


def downgrade() -> None:
    op.execute("ALTER TYPE place DROP ATTRIBUTE depot")
