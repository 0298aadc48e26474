"""Choirs and their singers.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE choirs (id serial PRIMARY KEY, name text NOT NULL, singers int NOT NULL DEFAULT 0)")
    op.execute(
        "CREATE TABLE singers (id serial PRIMARY KEY, choir_id int NOT NULL REFERENCES choirs, name text NOT NULL)"
    )


def downgrade() -> None:
    op.execute("DROP TABLE singers")
    op.execute("DROP TABLE choirs")
