"""Notes can be pinned."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("notes", sa.Column("pinned", sa.Boolean, server_default=sa.false(), nullable=False))
