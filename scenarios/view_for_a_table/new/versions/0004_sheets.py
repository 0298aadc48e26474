"""Scores are sheets of music, with the parts of the orchestra. The old name stays as a view.

Revision ID: 0004
"""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.rename_table("scores", "sheets")
    op.execute("CREATE VIEW scores AS SELECT title, copies FROM sheets")


def downgrade() -> None:
    op.execute("DROP VIEW scores")
    op.rename_table("sheets", "scores")
