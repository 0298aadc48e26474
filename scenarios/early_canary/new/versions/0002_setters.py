"""A route may tell who set it.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("routes", sa.Column("setter", sa.Text()))


def downgrade() -> None:
    op.drop_column("routes", "setter")
