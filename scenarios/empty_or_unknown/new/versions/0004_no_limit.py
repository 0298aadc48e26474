"""A course that takes everybody has no number of places, instead of the number 0.

Revision ID: 0004
"""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("UPDATE courses SET places = NULL WHERE places = 0")


def downgrade() -> None:
    op.execute("UPDATE courses SET places = 0 WHERE places IS NULL")
