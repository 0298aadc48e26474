"""A singer may have a sheet.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("singers", sa.Column("sheet", sa.Integer()))


def downgrade() -> None:
    op.drop_column("singers", "sheet")
