"""Platforms belong to stops, not to departures.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("DROP VIEW departures")
    op.execute("CREATE VIEW departures AS SELECT name, line FROM stops")


def downgrade() -> None:
    op.execute("CREATE OR REPLACE VIEW departures AS SELECT name, line, platform FROM stops")
