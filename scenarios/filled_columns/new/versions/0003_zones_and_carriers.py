"""An order may have a zone and a carrier.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("orders", sa.Column("zone", sa.Text()))
    op.add_column("orders", sa.Column("carrier", sa.Text()))


def downgrade() -> None:
    op.drop_column("orders", "carrier")
    op.drop_column("orders", "zone")
