"""Repairs of a day are found without reading all.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index("repairs_by_day", "repairs", postgresql_concurrently=True, if_exists=True)
        op.create_index("repairs_by_day", "repairs", ["promised"], postgresql_concurrently=True)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index("repairs_by_day", postgresql_concurrently=True)
