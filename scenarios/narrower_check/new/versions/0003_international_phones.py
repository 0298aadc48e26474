"""Phone numbers are in the international form, so that the text messages of the oven reach everybody.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute(
            "ALTER TABLE orders DROP CONSTRAINT orders_phone_check,"
            r" ADD CONSTRAINT orders_phone_check CHECK (phone ~ '^\+\d+$') NOT VALID"
        )
        op.execute(
            r"UPDATE orders SET phone = '+44' || ltrim(regexp_replace(phone, '\D', '', 'g'), '0')"
            r" WHERE phone !~ '^\+\d+$'"
        )
        op.execute("ALTER TABLE orders VALIDATE CONSTRAINT orders_phone_check")


def downgrade() -> None:
    op.execute(
        "ALTER TABLE orders DROP CONSTRAINT orders_phone_check, ADD CONSTRAINT orders_phone_check CHECK (phone <> '')"
    )
