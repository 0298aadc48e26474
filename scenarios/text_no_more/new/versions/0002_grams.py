"""The weight of seeds as a number too, so that it can be summed.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("seeds", sa.Column("grams", sa.Integer()))


def downgrade() -> None:
    op.drop_column("seeds", "grams")
