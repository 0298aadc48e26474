"""A photograph is private unless somebody says that it is public.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.alter_column("photos", "visibility", server_default="private")


def downgrade() -> None:
    op.alter_column("photos", "visibility", server_default="public")
