"""Owners get a name to sort by, and so do those that are written without one.

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("owners", sa.Column("sort_name", sa.Text()))
    op.execute("""
        CREATE FUNCTION fill_in_sort_name() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'INSERT' THEN
                NEW.sort_name := coalesce(NEW.sort_name, lower(NEW.name));
            ELSIF NEW.name IS DISTINCT FROM OLD.name AND NEW.sort_name IS NOT DISTINCT FROM OLD.sort_name THEN
                NEW.sort_name := lower(NEW.name);
            END IF;
            RETURN NEW;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER fill_in_sort_name BEFORE INSERT OR UPDATE ON owners
        FOR EACH ROW EXECUTE FUNCTION fill_in_sort_name()
    """)


def downgrade() -> None:
    op.execute("DROP TRIGGER fill_in_sort_name ON owners")
    op.execute("DROP FUNCTION fill_in_sort_name")
    op.drop_column("owners", "sort_name")
