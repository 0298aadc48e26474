"""An address may have a floor; nothing that is stored has to be touched.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("ALTER TYPE address ADD ATTRIBUTE floor text")


def downgrade() -> None:
    op.execute("ALTER TYPE address DROP ATTRIBUTE floor")
