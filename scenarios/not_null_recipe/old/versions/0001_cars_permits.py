"""Cars and permits.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE cars (id serial PRIMARY KEY, plate text)")
    op.execute("CREATE TABLE permits (id serial PRIMARY KEY, holder text NOT NULL, zone text)")


def downgrade() -> None:
    op.execute("DROP TABLE permits, cars")
