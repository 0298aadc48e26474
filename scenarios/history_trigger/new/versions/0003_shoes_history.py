"""A history of the shoes that are lent.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("CREATE TABLE shoes_history (at timestamptz NOT NULL DEFAULT now(), id integer NOT NULL, size integer)")
    op.execute("GRANT INSERT ON shoes_history TO gym_app")
    op.execute("""
        CREATE FUNCTION keep_shoes() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO shoes_history (id, size) VALUES (NEW.id, NEW.size);
            RETURN NULL;
        END $$
    """)
    op.execute("CREATE TRIGGER keep_shoes AFTER INSERT ON shoes FOR EACH ROW EXECUTE FUNCTION keep_shoes()")


def downgrade() -> None:
    op.execute("DROP TRIGGER keep_shoes ON shoes")
    op.execute("DROP FUNCTION keep_shoes")
    op.drop_table("shoes_history")
