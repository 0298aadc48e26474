"""A booking may have a note for the kitchen.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("bookings", sa.Column("note", sa.Text()))


def downgrade() -> None:
    op.drop_column("bookings", "note")
