"""Animals get a name to sort by.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("animals", sa.Column("sort_name", sa.Text()))


def downgrade() -> None:
    op.drop_column("animals", "sort_name")
