"""To which branch an appointment belongs; nullable, so that nothing that is written now fails.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("appointments", sa.Column("branch", sa.Text()))


def downgrade() -> None:
    op.drop_column("appointments", "branch")
