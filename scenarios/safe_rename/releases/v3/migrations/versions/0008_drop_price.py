"""drop products.price_cents: unit_price_cents has taken its place"""

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"


def upgrade() -> None:
    op.drop_column("products", "price_cents")


def downgrade() -> None:
    op.add_column("products", sa.Column("price_cents", sa.Integer(), nullable=True))
