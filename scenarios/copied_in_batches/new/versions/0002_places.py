"""Towns move to a column of another name, in batches; a trigger keeps both in step from then on.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE readers ADD COLUMN IF NOT EXISTS place text")
        op.execute("UPDATE readers SET place = town WHERE place IS NULL AND id <= 1000")
        op.execute("UPDATE readers SET place = town WHERE place IS NULL")
    op.execute("""
        CREATE FUNCTION copy_town() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'INSERT' THEN
                NEW.place := coalesce(NEW.place, NEW.town);
                NEW.town := NEW.place;
            ELSIF NEW.place IS DISTINCT FROM OLD.place THEN
                NEW.town := NEW.place;
            ELSIF NEW.town IS DISTINCT FROM OLD.town THEN
                NEW.place := NEW.town;
            END IF;
            RETURN NEW;
        END $$
    """)
    op.execute("CREATE TRIGGER copy_town BEFORE INSERT OR UPDATE ON readers FOR EACH ROW EXECUTE FUNCTION copy_town()")


def downgrade() -> None:
    op.execute("DROP TRIGGER copy_town ON readers")
    op.execute("DROP FUNCTION copy_town")
    op.drop_column("readers", "place")
