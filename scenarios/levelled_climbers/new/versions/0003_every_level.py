"""Every climber who comes from now on has a level.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"
rolldeploy = "after"


def upgrade() -> None:
    op.execute("ALTER TABLE climbers ADD CONSTRAINT levelled CHECK (level IS NOT NULL) NOT VALID")


def downgrade() -> None:
    op.execute("ALTER TABLE climbers DROP CONSTRAINT levelled")
