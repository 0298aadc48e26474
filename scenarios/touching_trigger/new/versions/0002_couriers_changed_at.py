"""When a courier's record was changed last, whoever changes it.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("couriers", sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.func.now()))
    op.execute("""
        CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.changed_at := now();
            RETURN NEW;
        END $$
    """)
    op.execute("CREATE TRIGGER touch BEFORE UPDATE ON couriers FOR EACH ROW EXECUTE FUNCTION touch()")


def downgrade() -> None:
    op.execute("DROP TRIGGER touch ON couriers")
    op.execute("DROP FUNCTION touch")
    op.drop_column("couriers", "changed_at")
