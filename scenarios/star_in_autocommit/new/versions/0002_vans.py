"""A courier may have a van.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("couriers", sa.Column("van", sa.Text()))


def downgrade() -> None:
    op.drop_column("couriers", "van")
