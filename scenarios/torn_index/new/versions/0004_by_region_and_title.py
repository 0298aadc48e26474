"""Maps of a region are listed by title.

Revision ID: 0004
"""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS maps_by_region_and_title")
        op.execute("CREATE INDEX CONCURRENTLY maps_by_region_and_title ON maps (region, title)")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS maps_by_region_and_title")
