"""A total is the sum of its parts, always.

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.drop_column("hires", "total")
    op.add_column("hires", sa.Column("total", sa.Integer(), sa.Computed("net + tax", persisted=True)))


def downgrade() -> None:
    op.execute("ALTER TABLE hires ALTER total DROP EXPRESSION")
    op.alter_column("hires", "total", nullable=False)
