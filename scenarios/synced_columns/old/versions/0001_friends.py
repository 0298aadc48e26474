"""Friends and lenders.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE friends (id serial PRIMARY KEY, name text NOT NULL, phone text)")
    op.execute("CREATE TABLE lenders (id serial PRIMARY KEY, name text NOT NULL, mail text)")


def downgrade() -> None:
    op.drop_table("lenders")
    op.drop_table("friends")
