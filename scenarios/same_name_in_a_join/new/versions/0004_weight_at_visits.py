"""A pet is weighed at each visit.

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("visits", sa.Column("grams", sa.Integer()))


def downgrade() -> None:
    op.drop_column("visits", "grams")
