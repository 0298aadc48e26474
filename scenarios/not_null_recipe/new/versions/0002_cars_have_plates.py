"""Every car has a plate; done so that nobody has to wait.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute(
            "ALTER TABLE cars DROP CONSTRAINT IF EXISTS cars_plate_known,"
            " ADD CONSTRAINT cars_plate_known CHECK (plate IS NOT NULL) NOT VALID"
        )
        op.execute("ALTER TABLE cars VALIDATE CONSTRAINT cars_plate_known")
        op.execute("ALTER TABLE cars ALTER plate SET NOT NULL")
        op.execute("ALTER TABLE cars DROP CONSTRAINT IF EXISTS cars_plate_known")


def downgrade() -> None:
    op.execute("ALTER TABLE cars ALTER plate DROP NOT NULL")
