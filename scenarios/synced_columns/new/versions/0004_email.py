"""The e-mail's column is called email; a trigger keeps it and mail in step.

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("lenders", sa.Column("email", sa.Text()))
    op.execute("""
        CREATE FUNCTION copy_mail() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'INSERT' THEN
                NEW.email := coalesce(NEW.email, NEW.mail);
                NEW.mail := NEW.email;
            ELSIF NEW.email IS DISTINCT FROM OLD.email THEN
                NEW.mail := NEW.email;
            ELSIF NEW.mail IS DISTINCT FROM OLD.mail THEN
                NEW.email := NEW.mail;
            END IF;
            RETURN NEW;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER copy_mail BEFORE INSERT OR UPDATE ON lenders
        FOR EACH ROW EXECUTE FUNCTION copy_mail()
    """)


def downgrade() -> None:
    op.execute("DROP TRIGGER copy_mail ON lenders")
    op.execute("DROP FUNCTION copy_mail")
    op.drop_column("lenders", "email")
