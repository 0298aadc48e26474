"""Closed stalls are kept; a view shows those that are open.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.rename_table("stalls", "all_stalls")
    op.add_column("all_stalls", sa.Column("closed_at", sa.DateTime(timezone=True)))
    op.execute("CREATE VIEW stalls AS SELECT id, keeper FROM all_stalls WHERE closed_at IS NULL")


def downgrade() -> None:
    op.execute("DROP VIEW stalls")
    op.execute("DELETE FROM all_stalls WHERE closed_at IS NOT NULL")
    op.drop_column("all_stalls", "closed_at")
    op.rename_table("all_stalls", "stalls")
