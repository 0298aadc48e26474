"""A mark is given out once.

Revision ID: 0004
"""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index("marks_mark_key", "marks", postgresql_concurrently=True, if_exists=True)
        op.create_index("marks_mark_key", "marks", ["mark"], unique=True, postgresql_concurrently=True)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index("marks_mark_key", postgresql_concurrently=True)
