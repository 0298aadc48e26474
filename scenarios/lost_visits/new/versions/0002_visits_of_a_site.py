"""Every visit is one of a site.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("ALTER TABLE visits ADD site text NOT NULL DEFAULT 'main'")
    op.execute("ALTER TABLE visits ALTER site DROP DEFAULT")


def downgrade() -> None:
    op.execute("ALTER TABLE visits DROP site")
