"""Members may have a discount.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("ALTER TABLE members ADD discount int")


def downgrade() -> None:
    op.execute("ALTER TABLE members DROP discount")
