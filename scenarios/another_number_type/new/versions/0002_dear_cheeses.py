"""Whole wheels cost more than we thought.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.alter_column("cheeses", "price", type_=sa.Numeric(10, 2))


def downgrade() -> None:
    op.alter_column("cheeses", "price", type_=sa.Numeric(6, 2))
