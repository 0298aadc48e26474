"""All passes are white, and a transfer makes a new one.

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.drop_column("passes", "colour")


def downgrade() -> None:
    op.add_column("passes", sa.Column("colour", sa.Text()))
