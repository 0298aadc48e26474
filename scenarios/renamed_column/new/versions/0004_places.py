"""We rehearse outdoors too: a room is a place.

Revision ID: 0004
"""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.alter_column("rehearsals", "room", new_column_name="place")


def downgrade() -> None:
    op.alter_column("rehearsals", "place", new_column_name="room")
