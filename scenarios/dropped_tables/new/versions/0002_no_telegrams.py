"""The post office has closed its last telegraph; we have sent none since the last release.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("DROP TABLE telegrams")


def downgrade() -> None:
    op.execute("CREATE TABLE telegrams (id serial PRIMARY KEY, message text NOT NULL)")
