"""The telephone's column is called telephone; a trigger fills it for those who still write phone.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("friends", sa.Column("telephone", sa.Text()))
    op.execute("""
        CREATE FUNCTION copy_phone() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.telephone := coalesce(NEW.phone, NEW.telephone);
            RETURN NEW;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER copy_phone BEFORE INSERT OR UPDATE OF phone ON friends
        FOR EACH ROW EXECUTE FUNCTION copy_phone()
    """)


def downgrade() -> None:
    op.execute("DROP TRIGGER copy_phone ON friends")
    op.execute("DROP FUNCTION copy_phone")
    op.drop_column("friends", "telephone")
