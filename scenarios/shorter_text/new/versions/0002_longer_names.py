"""Companies have long names.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.alter_column("customers", "name", type_=sa.String(60))


def downgrade() -> None:
    op.alter_column("customers", "name", type_=sa.String(20), postgresql_using="left(name, 20)")
