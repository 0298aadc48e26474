"""There may be a card with the flowers.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("orders", sa.Column("card", sa.Text()))


def downgrade() -> None:
    op.drop_column("orders", "card")
