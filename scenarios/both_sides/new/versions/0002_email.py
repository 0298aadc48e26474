"""Members may have an e-mail address.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("members", sa.Column("email", sa.Text()))


def downgrade() -> None:
    op.drop_column("members", "email")
