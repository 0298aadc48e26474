"""A history of members, which nobody but its trigger writes.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("CREATE TABLE members_history (at timestamptz NOT NULL DEFAULT now(), id integer NOT NULL, name text)")
    op.execute("""
        CREATE FUNCTION keep_members() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        BEGIN
            INSERT INTO members_history (id, name) VALUES (NEW.id, NEW.name);
            RETURN NULL;
        END $$
    """)
    op.execute("CREATE TRIGGER keep_members AFTER INSERT ON members FOR EACH ROW EXECUTE FUNCTION keep_members()")


def downgrade() -> None:
    op.execute("DROP TRIGGER keep_members ON members")
    op.execute("DROP FUNCTION keep_members")
    op.drop_table("members_history")
