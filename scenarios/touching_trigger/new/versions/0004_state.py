"""A tour's status is called its state; a trigger keeps both in step.

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("tours", sa.Column("state", sa.Text()))
    op.execute("""
        CREATE FUNCTION keep_state() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.state IS NOT NULL THEN
                NEW.status := NEW.state;
            ELSE
                NEW.state := NEW.status;
            END IF;
            RETURN NEW;
        END $$
    """)
    op.execute("CREATE TRIGGER keep_state BEFORE INSERT OR UPDATE ON tours FOR EACH ROW EXECUTE FUNCTION keep_state()")


def downgrade() -> None:
    op.execute("DROP TRIGGER keep_state ON tours")
    op.execute("DROP FUNCTION keep_state")
    op.drop_column("tours", "state")
