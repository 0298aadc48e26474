"""So has every one who was there before; nobody who writes waits for this.

Revision ID: 0004
"""

from alembic import op

revision = "0004"
down_revision = "0003"
rolldeploy = "after"


def upgrade() -> None:
    op.execute("ALTER TABLE climbers VALIDATE CONSTRAINT levelled")


def downgrade() -> None:
    pass
