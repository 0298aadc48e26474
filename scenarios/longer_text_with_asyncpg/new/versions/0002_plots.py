"""A gardener may have a plot.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("gardeners", sa.Column("plot", sa.String()))


def downgrade() -> None:
    op.drop_column("gardeners", "plot")
