"""Orders that are there get their carrier.

Revision ID: 0005
"""

from alembic import op
from sqlalchemy import text

revision = "0005"
down_revision = "0004"

BATCH = 1000


def upgrade() -> None:
    with op.get_context().autocommit_block():
        connection = op.get_bind()
        last = connection.execute(text("SELECT coalesce(max(id), 0) FROM orders")).scalar_one()
        for first in range(1, last + 1, BATCH):
            connection.execute(
                text("UPDATE orders SET carrier = 'own van' WHERE id BETWEEN :a AND :b AND carrier IS NULL"),
                {"a": first, "b": first + BATCH - 1},
            )
            connection.execute(text("SELECT pg_sleep(0.4)"))  # stands in for the size of the table


def downgrade() -> None:
    pass
