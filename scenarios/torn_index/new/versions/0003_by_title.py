"""Maps are found by title, however it is written; some databases got the index by hand already.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    if "maps_by_title" not in {index["name"] for index in sa.inspect(op.get_bind()).get_indexes("maps")}:
        with op.get_context().autocommit_block():
            op.execute("CREATE INDEX CONCURRENTLY maps_by_title ON maps (title)")
            op.execute("CREATE INDEX CONCURRENTLY maps_by_lower_title ON maps (lower(title))")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS maps_by_lower_title")
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS maps_by_title")
