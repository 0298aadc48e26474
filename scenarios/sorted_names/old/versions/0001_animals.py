"""Animals and their owners.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE animals (id serial PRIMARY KEY, name text NOT NULL)")
    op.execute("CREATE TABLE owners (id serial PRIMARY KEY, name text NOT NULL)")


def downgrade() -> None:
    op.drop_table("owners")
    op.drop_table("animals")
