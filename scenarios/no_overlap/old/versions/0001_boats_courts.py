"""Boats and courts, and when they are rented.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    for table in ("boats", "courts"):
        op.execute(
            f"CREATE TABLE {table} (id serial PRIMARY KEY, what text NOT NULL, hours int4range NOT NULL,"
            " replaced boolean NOT NULL DEFAULT false)"
        )


def downgrade() -> None:
    op.execute("DROP TABLE courts, boats")
