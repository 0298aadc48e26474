"""Menus, and how they look when they are rendered.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE menus (id serial PRIMARY KEY, dish text NOT NULL)")
    op.execute("CREATE TABLE rendered (id integer PRIMARY KEY, text text NOT NULL)")


def downgrade() -> None:
    op.drop_table("rendered")
    op.drop_table("menus")
