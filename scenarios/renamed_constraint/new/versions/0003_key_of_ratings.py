"""The key of ratings is named by the convention that all our models have now.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("ALTER TABLE ratings RENAME CONSTRAINT ratings_reader_book_key TO uq_ratings_reader_book")


def downgrade() -> None:
    op.execute("ALTER TABLE ratings RENAME CONSTRAINT uq_ratings_reader_book TO ratings_reader_book_key")
