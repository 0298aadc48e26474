"""An applicant may have a garden in sight.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("applicants", sa.Column("garden", sa.Text()))


def downgrade() -> None:
    op.drop_column("applicants", "garden")
