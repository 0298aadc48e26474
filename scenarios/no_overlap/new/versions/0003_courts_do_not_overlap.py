"""Nobody gets a court that somebody else has.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute(
        "ALTER TABLE courts ADD CONSTRAINT courts_no_overlap"
        " EXCLUDE USING gist (what WITH =, hours WITH &&) WHERE (NOT replaced)"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE courts DROP CONSTRAINT courts_no_overlap")
