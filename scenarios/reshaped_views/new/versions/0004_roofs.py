"""Passengers want to know where they will not get wet.

Revision ID: 0004
"""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("CREATE OR REPLACE VIEW stops_of_lines AS SELECT line, name, roofed FROM stops")


def downgrade() -> None:
    op.execute("DROP VIEW stops_of_lines")
    op.execute("CREATE VIEW stops_of_lines AS SELECT line, name FROM stops")
