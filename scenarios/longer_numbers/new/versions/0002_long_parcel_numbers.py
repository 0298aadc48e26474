"""A parcel's number has twelve digits.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.alter_column("parcels", "number", type_=sa.BigInteger())


def downgrade() -> None:
    op.alter_column("parcels", "number", type_=sa.Integer())
