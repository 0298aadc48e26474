"""Landing stages and how many boats they hold.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("CREATE TABLE landings (name text PRIMARY KEY, room int NOT NULL)")
    op.execute("INSERT INTO landings VALUES ('mill', 12), ('ferry house', 8)")


def downgrade() -> None:
    op.execute("DROP TABLE landings")
