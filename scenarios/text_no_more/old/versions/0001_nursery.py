"""Seeds, beds and shops.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE seeds (id serial PRIMARY KEY, plant text NOT NULL, weight text NOT NULL)")
    op.execute("CREATE TABLE beds (id serial PRIMARY KEY, plant text NOT NULL, amount text NOT NULL)")
    op.execute("CREATE TABLE shops (id serial PRIMARY KEY, town text NOT NULL, hours text NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE seeds, beds, shops")
