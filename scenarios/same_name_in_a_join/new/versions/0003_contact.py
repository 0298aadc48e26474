"""How an owner wants to be reached.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("owners", sa.Column("contact", sa.JSON()))


def downgrade() -> None:
    op.drop_column("owners", "contact")
