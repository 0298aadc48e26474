"""Fares.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE fares (route text PRIMARY KEY, cents int NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE fares")
