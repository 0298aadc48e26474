"""index orders by email: the list of one's orders reads the whole table"""

from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.create_index("ix_orders_email_placed_at", "orders", ["email", "placed_at"], postgresql_concurrently=True)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index("ix_orders_email_placed_at", "orders", postgresql_concurrently=True)
