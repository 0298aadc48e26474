"""The overview is brought up to date, so that the new page does not begin with yesterday's numbers.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("REFRESH MATERIALIZED VIEW sold_breads")


def downgrade() -> None:
    pass
