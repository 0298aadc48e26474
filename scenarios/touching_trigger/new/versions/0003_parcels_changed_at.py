"""When a parcel was changed last: written by the code, and by a trigger where the code does not.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("parcels", sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.func.now()))
    op.execute("""
        CREATE FUNCTION touch_parcel() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            UPDATE parcels SET changed_at = now() WHERE id = NEW.id;
            RETURN NULL;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER touch_parcel AFTER UPDATE ON parcels
        FOR EACH ROW WHEN (NEW.changed_at IS NOT DISTINCT FROM OLD.changed_at) EXECUTE FUNCTION touch_parcel()
    """)


def downgrade() -> None:
    op.execute("DROP TRIGGER touch_parcel ON parcels")
    op.execute("DROP FUNCTION touch_parcel")
    op.drop_column("parcels", "changed_at")
