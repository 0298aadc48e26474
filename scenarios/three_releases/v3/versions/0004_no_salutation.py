"""The release before stopped using the salutation; take it away.

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.drop_column("guests", "salutation")


def downgrade() -> None:
    op.add_column("guests", sa.Column("salutation", sa.Text()))
