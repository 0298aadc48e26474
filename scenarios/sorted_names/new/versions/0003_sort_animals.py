"""Fill in the name to sort by of all animals.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("UPDATE animals SET sort_name = lower(name)")


def downgrade() -> None:
    pass
