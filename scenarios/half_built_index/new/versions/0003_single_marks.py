"""A title stands at one mark; what the paper catalogue had twice is removed.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("DELETE FROM marks USING marks AS first WHERE marks.mark = first.mark AND marks.id > first.id")


def downgrade() -> None:
    pass
