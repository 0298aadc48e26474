"""When a basket was touched last, so that forgotten ones can be removed.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("baskets", sa.Column("touched_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("baskets", "touched_at")
