"""Titles may have 40 characters; nothing that is there has to be touched.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.alter_column("records", "title", type_=sa.String(40))


def downgrade() -> None:
    op.alter_column("records", "title", type_=sa.String(20))
