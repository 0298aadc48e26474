"""Names of places may be longer.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("ALTER TABLE meters ALTER place TYPE varchar(80)")


def downgrade() -> None:
    op.execute("ALTER TABLE meters ALTER place TYPE varchar(20)")
