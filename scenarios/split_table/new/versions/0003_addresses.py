"""A customer may have several addresses; the ones that we know are the first. customers.address goes in the next release.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE addresses (customer_id int NOT NULL, number int NOT NULL, address text NOT NULL, "
        "PRIMARY KEY (customer_id, number))"
    )
    op.execute("INSERT INTO addresses SELECT id, 1, address FROM customers")


def downgrade() -> None:
    op.execute("DROP TABLE addresses")
