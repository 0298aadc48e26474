"""A guest need not say which voice.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.alter_column("guests", "voice", nullable=True)


def downgrade() -> None:
    op.execute("UPDATE guests SET voice = '' WHERE voice IS NULL")
    op.alter_column("guests", "voice", nullable=False)
