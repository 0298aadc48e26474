"""Issues that have no summary get one; nobody changes an issue once it is out.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("UPDATE issues SET summary = left(text, 40) WHERE summary IS NULL")
    op.execute("SELECT pg_sleep(0.8)")  # stands in for the size of the table


def downgrade() -> None:
    pass
