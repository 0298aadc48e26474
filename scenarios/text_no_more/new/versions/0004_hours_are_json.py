"""Opening hours have always been JSON; now PostgreSQL knows.

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.alter_column("shops", "hours", type_=JSONB(), postgresql_using="hours::jsonb")


def downgrade() -> None:
    op.alter_column("shops", "hours", type_=sa.Text())
