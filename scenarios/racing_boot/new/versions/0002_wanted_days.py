"""A pot may be wanted for a day.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("firings", sa.Column("wanted", sa.Date()))


def downgrade() -> None:
    op.drop_column("firings", "wanted")
