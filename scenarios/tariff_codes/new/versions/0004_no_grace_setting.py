"""The time to leave has never been changed, and is a constant now.

Revision ID: 0004
"""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("DELETE FROM settings WHERE key = 'grace_minutes'")


def downgrade() -> None:
    op.execute("INSERT INTO settings VALUES ('grace_minutes', '15')")
