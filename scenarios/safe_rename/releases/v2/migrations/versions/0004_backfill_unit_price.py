"""backfill unit_price_cents, a thousand rows at a time

Each batch commits by itself, so nobody waits for more than one of them, and a run that died is finished by the next.
"""

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"

BATCH = sa.text(
    """
    UPDATE products SET unit_price_cents = price_cents
    WHERE id IN (
        SELECT id FROM products WHERE unit_price_cents IS DISTINCT FROM price_cents ORDER BY id LIMIT 1000 FOR UPDATE
    )
    """
)


def upgrade() -> None:
    with op.get_context().autocommit_block():
        connection = op.get_bind()
        while connection.execute(BATCH).rowcount:
            pass


def downgrade() -> None:
    pass
