"""products, and those that the shop opens with"""

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None


def upgrade() -> None:
    products = op.create_table(
        "products",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("sku", sa.String(40), nullable=False, unique=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("price_cents", sa.Integer(), nullable=False),
    )
    op.bulk_insert(
        products,
        [
            {"sku": "TEA-100", "name": "Darjeeling, 100 g", "price_cents": 890},
            {"sku": "TEA-250", "name": "Darjeeling, 250 g", "price_cents": 1990},
            {"sku": "POT-1", "name": "Cast iron teapot", "price_cents": 5900},
        ],
    )


def downgrade() -> None:
    op.drop_table("products")
