"""Each shop has a stock of its own.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index("stock_shop_product", "stock", postgresql_concurrently=True, if_exists=True)
        op.create_index("stock_shop_product", "stock", ["shop", "product"], unique=True, postgresql_concurrently=True)
        op.execute("ALTER TABLE stock DROP CONSTRAINT IF EXISTS stock_product_key")


def downgrade() -> None:
    op.create_unique_constraint("stock_product_key", "stock", ["product"])
    op.drop_index("stock_shop_product", "stock")
