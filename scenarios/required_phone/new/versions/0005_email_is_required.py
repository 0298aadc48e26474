"""The column itself says so, and the constraint is no longer needed.

Revision ID: 0005
"""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.alter_column("owners", "email", nullable=False)
    op.drop_constraint("owners_have_email", "owners")


def downgrade() -> None:
    op.create_check_constraint("owners_have_email", "owners", "email IS NOT NULL")
    op.alter_column("owners", "email", nullable=True)
