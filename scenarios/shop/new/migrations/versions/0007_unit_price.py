"""rename products.price_cents to unit_price_cents: it was taken for the price of a line"""

from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"


def upgrade() -> None:
    op.alter_column("products", "price_cents", new_column_name="unit_price_cents")


def downgrade() -> None:
    op.alter_column("products", "unit_price_cents", new_column_name="price_cents")
