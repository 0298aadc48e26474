"""A product may name its allergens.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("products", sa.Column("allergens", sa.Text()))


def downgrade() -> None:
    op.drop_column("products", "allergens")
