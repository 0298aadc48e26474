"""All owners have a phone by now, and the form has asked for it for years.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.alter_column("owners", "phone", nullable=False)


def downgrade() -> None:
    op.alter_column("owners", "phone", nullable=True)
