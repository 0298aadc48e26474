"""Maps.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute(
        "CREATE TABLE maps (id serial PRIMARY KEY, title text NOT NULL, region text NOT NULL, year int NOT NULL)"
    )


def downgrade() -> None:
    op.execute("DROP TABLE maps")
