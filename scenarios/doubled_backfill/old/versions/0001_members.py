"""Members.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE members (id serial PRIMARY KEY, name text NOT NULL, credit int NOT NULL)")
    op.execute("INSERT INTO members (name, credit) SELECT 'member ' || n, n FROM generate_series(1, 30) AS n")


def downgrade() -> None:
    op.execute("DROP TABLE members")
