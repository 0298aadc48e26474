"""A walk has a length. All walks so far took half an hour; the default is there for them alone.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("walks", sa.Column("minutes", sa.Integer(), nullable=False, server_default="30"))
    op.alter_column("walks", "minutes", server_default=None)


def downgrade() -> None:
    op.drop_column("walks", "minutes")
