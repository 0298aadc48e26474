"""The time depends on how dense the traffic is.

Revision ID: 0004
"""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute(
        "CREATE FUNCTION minutes(km int, dense boolean) RETURNS int LANGUAGE sql IMMUTABLE AS "
        "$$SELECT CASE WHEN dense THEN 6 ELSE 4 END * km$$"
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION minutes(int, boolean)")
