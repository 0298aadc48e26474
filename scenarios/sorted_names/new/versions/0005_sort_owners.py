"""Fill in the name to sort by of all owners.

Revision ID: 0005
"""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("UPDATE owners SET sort_name = lower(name) WHERE sort_name IS NULL")


def downgrade() -> None:
    pass
