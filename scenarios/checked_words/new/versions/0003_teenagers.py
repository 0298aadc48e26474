"""Films may be for teenagers; the new law starts next month.

Each statement ends by itself, so that nobody waits while the rows are read; the old check goes last.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE films DROP CONSTRAINT IF EXISTS films_rating_2")
        op.execute(
            "ALTER TABLE films ADD CONSTRAINT films_rating_2 CHECK (rating IN ('all', 'teenagers', 'adults')) NOT VALID"
        )
        op.execute("ALTER TABLE films VALIDATE CONSTRAINT films_rating_2")
        op.execute("ALTER TABLE films DROP CONSTRAINT IF EXISTS films_rating")


def downgrade() -> None:
    op.execute("ALTER TABLE films ADD CONSTRAINT films_rating CHECK (rating IN ('all', 'adults')) NOT VALID")
    op.execute("ALTER TABLE films DROP CONSTRAINT films_rating_2")
