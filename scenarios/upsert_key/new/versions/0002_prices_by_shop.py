"""Each shop will have prices of its own; the key for that, beside the present one.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index("prices_shop_product", "prices", postgresql_concurrently=True, if_exists=True)
        op.create_index("prices_shop_product", "prices", ["shop", "product"], unique=True, postgresql_concurrently=True)


def downgrade() -> None:
    op.drop_index("prices_shop_product", "prices")
