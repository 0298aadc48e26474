"""Members and lockers.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE members (id serial PRIMARY KEY, name text NOT NULL, badge text NOT NULL)")
    op.execute("CREATE TABLE lockers (id serial PRIMARY KEY, number text NOT NULL, renter text NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE members, lockers")
