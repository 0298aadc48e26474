"""A visit may be in another language, and so may its letter.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("visits", sa.Column("language", sa.Text()))
    op.add_column("letters", sa.Column("language", sa.Text()))


def downgrade() -> None:
    op.drop_column("letters", "language")
    op.drop_column("visits", "language")
