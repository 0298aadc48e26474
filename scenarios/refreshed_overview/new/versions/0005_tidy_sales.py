"""The space of sales that were removed over the years is given back.

Revision ID: 0005
"""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("VACUUM FULL sales")


def downgrade() -> None:
    pass
