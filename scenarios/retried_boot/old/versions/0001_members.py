"""Members.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE members (id serial PRIMARY KEY, name text NOT NULL, points int NOT NULL)")
    op.execute("INSERT INTO members (name, points) SELECT 'member ' || n, n FROM generate_series(1, 20) AS n")


def downgrade() -> None:
    op.execute("DROP TABLE members")
