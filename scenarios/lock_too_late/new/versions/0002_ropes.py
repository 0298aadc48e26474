"""A climber may need a rope. Replicas migrate when they boot, so only one of them may be here at a time.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("SELECT pg_advisory_xact_lock(7)")
    op.add_column("climbs", sa.Column("rope", sa.Text()))


def downgrade() -> None:
    op.drop_column("climbs", "rope")
