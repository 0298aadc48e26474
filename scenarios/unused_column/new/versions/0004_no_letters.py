"""Reminders go by mail; the text of a letter is not kept.

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.drop_column("reminders", "letter")


def downgrade() -> None:
    op.add_column("reminders", sa.Column("letter", sa.Text()))
