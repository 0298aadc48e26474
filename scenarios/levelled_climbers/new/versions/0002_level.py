"""Climbers have a level; a task fills it once every replica writes it.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("ALTER TABLE climbers ADD level int")


def downgrade() -> None:
    op.execute("ALTER TABLE climbers DROP level")
