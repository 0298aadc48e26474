"""What a pet's chip says, as its reader gives it.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("pets", sa.Column("chip", JSONB()))


def downgrade() -> None:
    op.drop_column("pets", "chip")
