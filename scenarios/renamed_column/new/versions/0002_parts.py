"""A singer's voice is to be called a part; both names are kept in step for as long as either is written.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

SAME_PART = """
CREATE FUNCTION same_part() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.part := coalesce(NEW.part, NEW.voice);
        NEW.voice := coalesce(NEW.voice, NEW.part);
    ELSIF NEW.voice IS DISTINCT FROM OLD.voice THEN
        NEW.part := NEW.voice;
    ELSIF NEW.part IS DISTINCT FROM OLD.part THEN
        NEW.voice := NEW.part;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER same_part BEFORE INSERT OR UPDATE ON singers FOR EACH ROW EXECUTE FUNCTION same_part()
"""


def upgrade() -> None:
    op.add_column("singers", sa.Column("part", sa.Text()))
    op.execute(SAME_PART)


def downgrade() -> None:
    op.execute("DROP TRIGGER same_part ON singers")
    op.execute("DROP FUNCTION same_part")
    op.drop_column("singers", "part")
