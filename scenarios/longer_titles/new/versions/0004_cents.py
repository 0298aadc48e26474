"""Wholesalers pay more than an integer holds.

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.alter_column("sales", "cents", type_=sa.BigInteger())


def downgrade() -> None:
    op.alter_column("sales", "cents", type_=sa.Integer())
