"""The CHECK of the chairs is named by the convention that all our models have now.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("ALTER TABLE meetings RENAME CONSTRAINT enough_chairs TO ck_meetings_chairs")


def downgrade() -> None:
    op.execute("ALTER TABLE meetings RENAME CONSTRAINT ck_meetings_chairs TO enough_chairs")
