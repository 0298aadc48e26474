"""Orders.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute(
        "CREATE TABLE orders (id serial PRIMARY KEY, shop text NOT NULL, postcode text NOT NULL, "
        "status text NOT NULL DEFAULT 'new')"
    )


def downgrade() -> None:
    op.execute("DROP TABLE orders")
