"""Nobody gets a boat that somebody else has; looked at when a transaction ends, as a change is two statements.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.execute(
        "ALTER TABLE boats ADD CONSTRAINT boats_no_overlap"
        " EXCLUDE USING gist (what WITH =, hours WITH &&) WHERE (NOT replaced) DEFERRABLE INITIALLY DEFERRED"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE boats DROP CONSTRAINT boats_no_overlap")
