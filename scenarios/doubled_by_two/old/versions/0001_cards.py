"""Cards.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE cards (id serial PRIMARY KEY, name text NOT NULL, points int NOT NULL)")
    op.execute("INSERT INTO cards (name, points) SELECT 'customer ' || n, n FROM generate_series(1, 20) AS n")


def downgrade() -> None:
    op.execute("DROP TABLE cards")
