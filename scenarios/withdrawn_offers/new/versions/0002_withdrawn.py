"""Withdrawn offers are kept, so that they can be brought back.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("offers", sa.Column("withdrawn_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.execute("DELETE FROM offers WHERE withdrawn_at IS NOT NULL")
    op.drop_column("offers", "withdrawn_at")
