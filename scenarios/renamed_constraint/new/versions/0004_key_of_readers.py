"""The key of readers is named by the convention that all our models have now.

Revision ID: 0004
"""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("ALTER TABLE readers RENAME CONSTRAINT readers_email_key TO uq_readers_email")


def downgrade() -> None:
    op.execute("ALTER TABLE readers RENAME CONSTRAINT uq_readers_email TO readers_email_key")
