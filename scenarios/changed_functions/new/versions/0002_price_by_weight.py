"""The price depends on the weight too.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("DROP FUNCTION price(int)")
    op.execute(
        "CREATE FUNCTION price(km int, kilos int) RETURNS int LANGUAGE sql IMMUTABLE AS "
        "$$SELECT 5 + 2 * km + greatest(kilos - 10, 0)$$"
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION price(int, int)")
    op.execute("CREATE FUNCTION price(km int) RETURNS int LANGUAGE sql IMMUTABLE AS $$SELECT 5 + 2 * km$$")
