"""Meters.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE meters (id serial PRIMARY KEY, place varchar(20) NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE meters")
