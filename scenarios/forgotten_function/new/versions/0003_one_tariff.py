"""There is one tariff, and the application knows it.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.drop_column("tickets", "tariff")


def downgrade() -> None:
    op.add_column("tickets", sa.Column("tariff", sa.Integer(), nullable=False, server_default="150"))
