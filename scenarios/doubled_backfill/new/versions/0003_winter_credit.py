"""Every member gets ten more, in batches, so that nobody waits long for a row.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

BATCH = 20


def upgrade() -> None:
    with op.get_context().autocommit_block():
        last = op.get_bind().execute(sa.text("SELECT coalesce(max(id), 0) FROM members")).scalar_one()
        for first in range(1, last + 1, BATCH):
            op.execute(f"UPDATE members SET credit = credit + 10 WHERE id >= {first} AND id < {first + BATCH}")


def downgrade() -> None:
    op.execute("UPDATE members SET credit = credit - 10")
