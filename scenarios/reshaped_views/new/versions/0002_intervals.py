"""The time that a journey takes is an interval: no more doubt about its unit.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("DROP VIEW journeys")
    op.execute("CREATE VIEW journeys AS SELECT id, make_interval(secs => seconds) AS minutes FROM rides")


def downgrade() -> None:
    op.execute("DROP VIEW journeys")
    op.execute("CREATE VIEW journeys AS SELECT id, seconds / 60 AS minutes FROM rides")
