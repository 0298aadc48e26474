"""The language in which a guest is written to.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("guests", sa.Column("language", sa.Text()))


def downgrade() -> None:
    op.drop_column("guests", "language")
