"""And once more, now that the noon sales are in.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("REFRESH MATERIALIZED VIEW CONCURRENTLY sold_breads")


def downgrade() -> None:
    pass
