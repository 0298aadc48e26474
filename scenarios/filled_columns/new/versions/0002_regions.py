"""Every order has a region, the first digit of its postcode.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("orders", sa.Column("region", sa.Text()))
    op.execute("UPDATE orders SET region = left(postcode, 1)")
    op.execute("SELECT pg_sleep(0.8)")  # stands in for the size of the table


def downgrade() -> None:
    op.drop_column("orders", "region")
