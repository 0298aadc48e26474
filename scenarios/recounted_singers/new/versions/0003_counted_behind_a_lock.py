"""Count them once more, while nobody can join.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("SELECT FROM choirs ORDER BY id FOR UPDATE")
    op.execute("UPDATE choirs SET singers = (SELECT count(*) FROM singers WHERE choir_id = choirs.id)")


def downgrade() -> None:
    """Nothing is to be taken back."""
