"""A boat may be expected back at a landing stage.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("trips", sa.Column("landing", sa.Text()))


def downgrade() -> None:
    op.drop_column("trips", "landing")
