"""A film may be in another language.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("films", sa.Column("language", sa.Text()))


def downgrade() -> None:
    op.drop_column("films", "language")
