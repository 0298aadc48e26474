"""A menu has a price.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("ALTER TABLE menus ADD COLUMN price integer")


def downgrade() -> None:
    op.drop_column("menus", "price")
