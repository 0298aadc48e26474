"""Books and loans.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE books (id serial PRIMARY KEY, title text NOT NULL)")
    op.execute(
        "CREATE TABLE loans (id serial PRIMARY KEY, reader text NOT NULL, book text NOT NULL, "
        "days int NOT NULL DEFAULT 28)"
    )


def downgrade() -> None:
    op.execute("DROP TABLE loans, books")
