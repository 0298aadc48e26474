"""A climber may name somebody to call; nobody has to, so nothing changes for those who do not.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("climbers", sa.Column("contact", sa.Text()))


def downgrade() -> None:
    op.drop_column("climbers", "contact")
