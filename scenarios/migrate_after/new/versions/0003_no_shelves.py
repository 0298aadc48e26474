"""The shelves are gone.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.drop_column("repairs", "shelf")


def downgrade() -> None:
    op.add_column("repairs", sa.Column("shelf", sa.Text()))
