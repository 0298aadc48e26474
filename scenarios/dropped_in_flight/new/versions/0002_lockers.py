"""A parcel may be in a locker.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("parcels", sa.Column("locker", sa.Text()))


def downgrade() -> None:
    op.drop_column("parcels", "locker")
