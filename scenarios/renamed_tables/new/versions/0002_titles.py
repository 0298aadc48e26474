"""There are films among the books now, so the table is called titles.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.rename_table("books", "titles")


def downgrade() -> None:
    op.rename_table("titles", "books")
