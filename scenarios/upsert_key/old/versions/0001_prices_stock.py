"""Prices and stock; there is one shop so far.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute(
        "CREATE TABLE prices (id serial PRIMARY KEY, shop text NOT NULL DEFAULT 'Market Square', product text UNIQUE,"
        " cents int NOT NULL)"
    )
    op.execute(
        "CREATE TABLE stock (id serial PRIMARY KEY, shop text NOT NULL DEFAULT 'Market Square', product text UNIQUE,"
        " packs int NOT NULL)"
    )


def downgrade() -> None:
    op.execute("DROP TABLE stock, prices")
