"""A board has room for forty letters; what is longer could not be painted anyway.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.alter_column("signs", "inscription", type_=sa.String(40), postgresql_using="left(inscription, 40)")


def downgrade() -> None:
    op.alter_column("signs", "inscription", type_=sa.Text())
