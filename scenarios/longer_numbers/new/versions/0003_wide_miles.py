"""Miles are to have more digits one day; a wide column follows what is written to the narrow one.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

WIDE_MILES = """
CREATE FUNCTION wide_miles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.wide_miles := NEW.miles;
    RETURN NEW;
END $$;
CREATE TRIGGER wide_miles BEFORE INSERT OR UPDATE ON vans FOR EACH ROW EXECUTE FUNCTION wide_miles()
"""


def upgrade() -> None:
    op.add_column("vans", sa.Column("wide_miles", sa.BigInteger()))
    op.execute(WIDE_MILES)


def downgrade() -> None:
    op.execute("DROP TRIGGER wide_miles ON vans")
    op.execute("DROP FUNCTION wide_miles")
    op.drop_column("vans", "wide_miles")
