"""Count the members that are there.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("UPDATE clubs SET member_count = (SELECT count(*) FROM members WHERE members.club = clubs.id)")


def downgrade() -> None:
    pass
