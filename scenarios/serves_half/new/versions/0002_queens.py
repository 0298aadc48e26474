"""A hive's queen may have a colour.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("hives", sa.Column("queen", sa.Text()))


def downgrade() -> None:
    op.drop_column("hives", "queen")
