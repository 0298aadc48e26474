"""Shelves have the first letter of the place: no table is needed for that.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("DROP TABLE shelves")


def downgrade() -> None:
    op.execute("CREATE TABLE shelves (place text PRIMARY KEY, shelf text NOT NULL)")
    op.execute("INSERT INTO shelves VALUES ('tram', 'T'), ('bus', 'B')")
