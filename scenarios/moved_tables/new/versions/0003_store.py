"""What belongs to the honey goes to a schema too; a view stays where it was until the next release.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("CREATE SCHEMA store")
    op.execute("ALTER TABLE harvests SET SCHEMA store")
    op.execute("CREATE VIEW harvests AS SELECT id, sort, grams FROM store.harvests")


def downgrade() -> None:
    op.execute("DROP VIEW harvests")
    op.execute("ALTER TABLE store.harvests SET SCHEMA public")
    op.execute("DROP SCHEMA store")
