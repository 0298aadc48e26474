"""People and their passwords.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute(
        "CREATE TABLE people (id serial PRIMARY KEY, name text NOT NULL, city text NOT NULL, password_hash text NOT NULL)"
    )


def downgrade() -> None:
    op.execute("DROP TABLE people")
