"""the products that the shop opens with"""

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"

products = sa.table(
    "products",
    sa.column("sku", sa.String),
    sa.column("name", sa.String),
    sa.column("price_cents", sa.Integer),
    sa.column("stock", sa.Integer),
)

STARTERS = [
    {"sku": "TEA-100", "name": "Darjeeling, 100 g", "price_cents": 890, "stock": 400},
    {"sku": "TEA-250", "name": "Darjeeling, 250 g", "price_cents": 1990, "stock": 150},
    {"sku": "POT-1", "name": "Cast iron teapot", "price_cents": 5900, "stock": 25},
]


def upgrade() -> None:
    op.bulk_insert(products, STARTERS)


def downgrade() -> None:
    op.execute(products.delete().where(products.c.sku.in_([starter["sku"] for starter in STARTERS])))
