"""There are huge bouquets too.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("ALTER TYPE bouquet_size ADD VALUE 'huge'")


def downgrade() -> None:
    pass
