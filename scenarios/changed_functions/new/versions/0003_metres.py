"""Distances are worked out in metres, because of the short tours in town.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute(
        "CREATE OR REPLACE FUNCTION distance(a int[], b int[]) RETURNS int LANGUAGE sql IMMUTABLE AS "
        "$$SELECT round(1000 * sqrt((a[1] - b[1]) ^ 2 + (a[2] - b[2]) ^ 2))::int$$"
    )


def downgrade() -> None:
    op.execute(
        "CREATE OR REPLACE FUNCTION distance(a int[], b int[]) RETURNS int LANGUAGE sql IMMUTABLE AS "
        "$$SELECT round(sqrt((a[1] - b[1]) ^ 2 + (a[2] - b[2]) ^ 2))::int$$"
    )
