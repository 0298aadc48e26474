"""Notes."""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE notes (id serial PRIMARY KEY, body text NOT NULL)")
