"""Singers are members, as the statutes say. The old name stays as a view.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.rename_table("singers", "members")
    op.execute("CREATE VIEW singers AS SELECT name, voice FROM members")


def downgrade() -> None:
    op.execute("DROP VIEW singers")
    op.rename_table("members", "singers")
