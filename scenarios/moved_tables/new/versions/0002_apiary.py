"""What belongs to the bees goes to a schema of its own.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("CREATE SCHEMA apiary")
    op.execute("ALTER TABLE hives SET SCHEMA apiary")


def downgrade() -> None:
    op.execute("ALTER TABLE apiary.hives SET SCHEMA public")
    op.execute("DROP SCHEMA apiary")
