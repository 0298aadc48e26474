"""No release has looked at the stamp on a loan for a while; take it away.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.drop_column("loans", "stamp")


def downgrade() -> None:
    op.add_column("loans", sa.Column("stamp", sa.Text()))
