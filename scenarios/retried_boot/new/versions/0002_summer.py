"""Every member gets fifty points.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("UPDATE members SET points = points + 50")


def downgrade() -> None:
    op.execute("UPDATE members SET points = points - 50")
