"""The workshop.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE repairs (id serial PRIMARY KEY, bicycle text NOT NULL, fault text NOT NULL, shelf text)")
    op.execute("CREATE TABLE customers (id serial PRIMARY KEY, name text NOT NULL, salutation text)")


def downgrade() -> None:
    op.execute("DROP TABLE customers")
    op.execute("DROP TABLE repairs")
