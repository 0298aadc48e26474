"""Copy the addresses that are there.

Revision ID: 0005
"""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("UPDATE lenders SET email = mail WHERE email IS NULL")


def downgrade() -> None:
    pass
