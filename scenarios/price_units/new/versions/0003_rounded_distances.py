"""Distances with one decimal place are exact enough.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("UPDATE deliveries SET kilometres = round(kilometres, 1)")


def downgrade() -> None:
    pass
