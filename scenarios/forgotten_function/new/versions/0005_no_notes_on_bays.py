"""Notes on bays go; PostgreSQL asked for CASCADE.

Revision ID: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("ALTER TABLE bays DROP COLUMN notes CASCADE")


def downgrade() -> None:
    op.add_column("bays", sa.Column("notes", sa.Text()))
