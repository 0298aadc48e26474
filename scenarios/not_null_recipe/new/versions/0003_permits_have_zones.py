"""Visitors have a zone of their own, so every permit has one; done so that nobody has to wait.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute(
            "ALTER TABLE permits DROP CONSTRAINT IF EXISTS permits_zone_known,"
            " ADD CONSTRAINT permits_zone_known CHECK (zone IS NOT NULL) NOT VALID"
        )
        op.execute("UPDATE permits SET zone = 'visitors' WHERE zone IS NULL")
        op.execute("ALTER TABLE permits VALIDATE CONSTRAINT permits_zone_known")
        op.execute("ALTER TABLE permits ALTER zone SET NOT NULL")
        op.execute("ALTER TABLE permits DROP CONSTRAINT IF EXISTS permits_zone_known")


def downgrade() -> None:
    op.execute("ALTER TABLE permits ALTER zone DROP NOT NULL")
