"""price_cents may be NULL: nobody writes it but the trigger, which goes next"""

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"


def upgrade() -> None:
    op.alter_column("products", "price_cents", existing_type=sa.Integer(), nullable=True)


def downgrade() -> None:
    op.execute("UPDATE products SET price_cents = unit_price_cents WHERE price_cents IS NULL")
    op.alter_column("products", "price_cents", existing_type=sa.Integer(), nullable=False)
