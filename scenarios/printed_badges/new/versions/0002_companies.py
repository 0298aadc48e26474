"""A badge may tell a company.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("badges", sa.Column("company", sa.Text()))


def downgrade() -> None:
    op.drop_column("badges", "company")
