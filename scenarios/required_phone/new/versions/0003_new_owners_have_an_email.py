"""New owners have an email.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_check_constraint("owners_have_email", "owners", "email IS NOT NULL", postgresql_not_valid=True)


def downgrade() -> None:
    op.drop_constraint("owners_have_email", "owners")
