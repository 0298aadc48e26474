"""A voice is no instrument.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.alter_column("pupils", "instrument", new_column_name="subject")


def downgrade() -> None:
    op.alter_column("pupils", "subject", new_column_name="instrument")
