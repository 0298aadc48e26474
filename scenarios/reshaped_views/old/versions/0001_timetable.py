"""Stops and rides, and what passengers ask for.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute(
        "CREATE TABLE stops (id serial PRIMARY KEY, name text NOT NULL UNIQUE, platform text NOT NULL, "
        "line int NOT NULL, roofed boolean NOT NULL DEFAULT false)"
    )
    op.execute("CREATE TABLE rides (id serial PRIMARY KEY, seconds int NOT NULL)")
    op.execute("CREATE VIEW departures AS SELECT name, line, platform FROM stops")
    op.execute("CREATE VIEW journeys AS SELECT id, seconds / 60 AS minutes FROM rides")
    op.execute("CREATE VIEW stops_of_lines AS SELECT line, name FROM stops")


def downgrade() -> None:
    op.execute("DROP VIEW stops_of_lines, journeys, departures")
    op.execute("DROP TABLE rides, stops")
