"""What is printed on a ticket, kept up to date by the database.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("tickets", sa.Column("label", sa.Text(), sa.Computed("concert || ', ' || seat", persisted=True)))


def downgrade() -> None:
    op.drop_column("tickets", "label")
