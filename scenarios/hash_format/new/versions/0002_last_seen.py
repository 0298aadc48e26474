"""When people signed in last.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("ALTER TABLE people ADD last_seen timestamptz")


def downgrade() -> None:
    op.execute("ALTER TABLE people DROP last_seen")
