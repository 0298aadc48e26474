"""A text is never NULL: no allergies are an empty text.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("UPDATE guests SET allergies = '' WHERE allergies IS NULL")


def downgrade() -> None:
    op.execute("UPDATE guests SET allergies = NULL WHERE allergies = ''")
