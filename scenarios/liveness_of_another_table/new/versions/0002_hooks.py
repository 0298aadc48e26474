"""A coat may hang on a hook with a number.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("coats", sa.Column("hook", sa.Integer()))


def downgrade() -> None:
    op.drop_column("coats", "hook")
