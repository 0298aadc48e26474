"""Guests of whom no language is known are spoken to in English.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("UPDATE guests SET language = 'en' WHERE language IS NULL")


def downgrade() -> None:
    pass
