"""A dog may have a vet.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("dogs", sa.Column("vet", sa.Text()))


def downgrade() -> None:
    op.drop_column("dogs", "vet")
