"""A seat may be in a row.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("seats", sa.Column("seat_row", sa.Text()))


def downgrade() -> None:
    op.drop_column("seats", "seat_row")
