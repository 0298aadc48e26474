"""The address to which.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("guests", sa.Column("email", sa.Text()))


def downgrade() -> None:
    op.drop_column("guests", "email")
