"""The column is called telephone; a trigger keeps it and phone in step.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("ALTER TABLE guests ADD COLUMN telephone text, ADD COLUMN confirmed boolean NOT NULL DEFAULT true")
    op.execute("UPDATE guests SET telephone = phone")
    op.execute("""
        CREATE FUNCTION copy_phone() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'INSERT' THEN
                NEW.telephone := coalesce(NEW.telephone, NEW.phone);
                NEW.phone := NEW.telephone;
            ELSIF NEW.confirmed AND NOT OLD.confirmed THEN
                NEW.phone := NEW.telephone;
            ELSIF NEW.telephone IS NOT DISTINCT FROM OLD.telephone THEN
                NEW.telephone := NEW.phone;  -- whoever leaves it alone is the old release
            END IF;
            RETURN NEW;
        END $$
    """)
    op.execute("CREATE TRIGGER copy_phone BEFORE INSERT OR UPDATE ON guests FOR EACH ROW EXECUTE FUNCTION copy_phone()")


def downgrade() -> None:
    op.execute("DROP TRIGGER copy_phone ON guests")
    op.execute("DROP FUNCTION copy_phone")
    op.execute("ALTER TABLE guests DROP COLUMN telephone, DROP COLUMN confirmed")
