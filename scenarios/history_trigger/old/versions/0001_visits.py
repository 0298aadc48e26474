"""Visits, members, shoes.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE visits (id serial PRIMARY KEY, climber text NOT NULL)")
    op.execute("CREATE TABLE members (id serial PRIMARY KEY, name text NOT NULL)")
    op.execute("CREATE TABLE shoes (id serial PRIMARY KEY, size integer NOT NULL)")


def downgrade() -> None:
    for table in ("shoes", "members", "visits"):
        op.drop_table(table)
