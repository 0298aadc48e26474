"""An attendance is only an answer: who says yes may still not come. The old name stays as a view.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.rename_table("attendances", "answers")
    op.execute("CREATE VIEW attendances AS SELECT rehearsal, singer, comes FROM answers")


def downgrade() -> None:
    op.execute("DROP VIEW attendances")
    op.rename_table("answers", "attendances")
