"""add products.unit_price_cents, which is to take the place of price_cents"""

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"


def upgrade() -> None:
    op.add_column("products", sa.Column("unit_price_cents", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("products", "unit_price_cents")
