"""Members.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE members (id serial PRIMARY KEY, name text NOT NULL, fax text)")


def downgrade() -> None:
    op.execute("DROP TABLE members")
