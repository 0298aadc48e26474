"""Lockers, one for each guest.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE lockers (locker integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, guest integer NOT NULL UNIQUE)"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON lockers TO pool_desk")


def downgrade() -> None:
    op.execute("DROP TABLE lockers")
