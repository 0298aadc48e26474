"""A lesson belongs to a pupil that exists.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_foreign_key("lessons_pupil_fkey", "lessons", "pupils", ["pupil"], ["id"])
    op.execute("SELECT pg_sleep(0.8)")  # stands in for the size of the tables


def downgrade() -> None:
    op.drop_constraint("lessons_pupil_fkey", "lessons")
