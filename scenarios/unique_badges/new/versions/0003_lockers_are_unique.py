"""A locker is given out once.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index("lockers_number_key", "lockers", postgresql_concurrently=True, if_exists=True)
        op.create_index("lockers_number_key", "lockers", ["number"], unique=True, postgresql_concurrently=True)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index("lockers_number_key", postgresql_concurrently=True)
