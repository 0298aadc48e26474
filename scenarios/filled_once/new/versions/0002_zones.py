"""Every parcel has a zone; whoever writes none gets one by a trigger.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    bind = op.get_bind()
    columns = bind.exec_driver_sql(
        "SELECT count(*) FROM pg_attribute WHERE attrelid = 'parcels'::regclass AND attname = 'zone'"
    )
    if columns.scalar() == 0:  # so that it can be run again
        with op.get_context().autocommit_block():
            op.execute("""
                DO $$ BEGIN
                    ALTER TABLE parcels ADD COLUMN zone text;
                    UPDATE parcels SET zone = upper(left(town, 1));
                END $$
            """)
    op.execute("ALTER TABLE parcels ALTER COLUMN zone SET NOT NULL")
    op.execute("""
        CREATE FUNCTION set_zone() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.zone := coalesce(NEW.zone, upper(left(NEW.town, 1)));
            RETURN NEW;
        END $$
    """)
    op.execute("CREATE TRIGGER set_zone BEFORE INSERT ON parcels FOR EACH ROW EXECUTE FUNCTION set_zone()")


def downgrade() -> None:
    op.execute("DROP TRIGGER set_zone ON parcels")
    op.execute("DROP FUNCTION set_zone")
    op.drop_column("parcels", "zone")
