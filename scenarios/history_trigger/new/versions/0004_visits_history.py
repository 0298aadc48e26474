"""A history of visits.

Revision ID: 0004
"""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("CREATE TABLE visits_history (at timestamptz NOT NULL DEFAULT now(), id integer NOT NULL, climber text)")
    op.execute("""
        CREATE FUNCTION keep_visits() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO visits_history (id, climber) VALUES (NEW.id, NEW.climber);
            RETURN NULL;
        END $$
    """)
    op.execute("CREATE TRIGGER keep_visits AFTER INSERT ON visits FOR EACH ROW EXECUTE FUNCTION keep_visits()")


def downgrade() -> None:
    op.execute("DROP TRIGGER keep_visits ON visits")
    op.execute("DROP FUNCTION keep_visits")
    op.drop_table("visits_history")
