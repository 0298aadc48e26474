"""Every booking belongs to a hotel; those that are there belong to the first one.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("bookings", sa.Column("tenant", sa.Text()))
    op.execute("UPDATE bookings SET tenant = 'main'")
    op.alter_column("bookings", "tenant", nullable=False)


def downgrade() -> None:
    op.drop_column("bookings", "tenant")
