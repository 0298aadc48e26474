"""No two members have the same card; built while the gym is open.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index("members_card", "members", postgresql_concurrently=True, if_exists=True)
        op.create_index("members_card", "members", ["card"], unique=True, postgresql_concurrently=True)


def downgrade() -> None:
    op.drop_index("members_card", "members")
