"""Visits are to the main wall, or to another.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("visits", sa.Column("wall", sa.Text(), server_default="main", nullable=False))


def downgrade() -> None:
    op.drop_column("visits", "wall")
