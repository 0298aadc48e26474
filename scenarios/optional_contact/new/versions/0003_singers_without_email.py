"""A singer need not have an e-mail address.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.alter_column("singers", "email", nullable=True)


def downgrade() -> None:
    op.execute("UPDATE singers SET email = '' WHERE email IS NULL")
    op.alter_column("singers", "email", nullable=False)
