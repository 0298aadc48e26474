"""unit_price_cents becomes NOT NULL

SET NOT NULL alone would read the whole table under its exclusive lock. With a validated CHECK it need not, and the
validation lets reads and writes pass; each statement commits, so that no lock waits for the next statement's work.
A run that died is repeated from the start: the CHECK it may have left is dropped first.
"""

from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE products DROP CONSTRAINT IF EXISTS unit_price_cents_is_set")
        op.execute(
            "ALTER TABLE products ADD CONSTRAINT unit_price_cents_is_set CHECK (unit_price_cents IS NOT NULL) NOT VALID"
        )
        op.execute("ALTER TABLE products VALIDATE CONSTRAINT unit_price_cents_is_set")
        op.execute("ALTER TABLE products ALTER COLUMN unit_price_cents SET NOT NULL")
        op.execute("ALTER TABLE products DROP CONSTRAINT unit_price_cents_is_set")


def downgrade() -> None:
    op.execute("ALTER TABLE products ALTER COLUMN unit_price_cents DROP NOT NULL")
