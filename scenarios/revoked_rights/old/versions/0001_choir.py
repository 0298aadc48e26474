"""Singers and rehearsals.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE singers (id serial PRIMARY KEY, name text NOT NULL)")
    op.execute(
        "CREATE TABLE rehearsals (id serial PRIMARY KEY, day text NOT NULL, cancelled boolean NOT NULL DEFAULT false)"
    )


def downgrade() -> None:
    op.execute("DROP TABLE rehearsals, singers")
