"""The fax machine is sold.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
rolldeploy = "after"


def upgrade() -> None:
    op.drop_column("members", "fax")


def downgrade() -> None:
    op.add_column("members", sa.Column("fax", sa.Text()))
