"""Nobody has been called anything but by name for a while.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.drop_column("customers", "salutation")


def downgrade() -> None:
    op.add_column("customers", sa.Column("salutation", sa.Text()))
