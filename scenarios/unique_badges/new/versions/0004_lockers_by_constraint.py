"""The index becomes a constraint of its table.

Revision ID: 0004
"""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("ALTER TABLE lockers ADD CONSTRAINT lockers_number_key UNIQUE USING INDEX lockers_number_key")


def downgrade() -> None:
    op.drop_constraint("lockers_number_key", "lockers")
