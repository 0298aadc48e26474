"""Maps of a region, and maps of a year, are found without reading all.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.create_index("maps_by_region", "maps", ["region"], postgresql_concurrently=True)
        op.create_index("maps_by_year", "maps", ["year"], postgresql_concurrently=True)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS maps_by_year")
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS maps_by_region")
