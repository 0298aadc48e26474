"""The hall.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE sessions (token text PRIMARY KEY, payload text NOT NULL)")
    op.execute("CREATE TABLE routes (id serial PRIMARY KEY, name text NOT NULL, grade text NOT NULL)")
    op.execute("CREATE TABLE cache (key text PRIMARY KEY, body text NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE cache")
    op.execute("DROP TABLE routes")
    op.execute("DROP TABLE sessions")
