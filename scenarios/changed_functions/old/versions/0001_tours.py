"""Tours, and what is worked out from them.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE tours (id serial PRIMARY KEY, start int[] NOT NULL, stop int[] NOT NULL)")
    op.execute(
        "CREATE FUNCTION distance(a int[], b int[]) RETURNS int LANGUAGE sql IMMUTABLE AS "
        "$$SELECT round(sqrt((a[1] - b[1]) ^ 2 + (a[2] - b[2]) ^ 2))::int$$"
    )
    op.execute("CREATE FUNCTION price(km int) RETURNS int LANGUAGE sql IMMUTABLE AS $$SELECT 5 + 2 * km$$")
    op.execute("CREATE FUNCTION minutes(km int) RETURNS int LANGUAGE sql IMMUTABLE AS $$SELECT 4 * km$$")


def downgrade() -> None:
    op.execute("DROP FUNCTION minutes(int), price(int), distance(int[], int[])")
    op.execute("DROP TABLE tours")
