"""keep price_cents and unit_price_cents equal, whichever of them is written

What a statement leaves out comes from what it wrote. On an update the column that changed wins, and unit_price_cents
where both did. BEFORE triggers run ahead of NOT NULL, so an INSERT of either column alone is enough.
"""

from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"


def upgrade() -> None:
    op.execute(
        """
        CREATE FUNCTION products_keep_prices_in_step() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'INSERT' THEN
                NEW.unit_price_cents := coalesce(NEW.unit_price_cents, NEW.price_cents);
                NEW.price_cents := NEW.unit_price_cents;
            ELSIF NEW.unit_price_cents IS DISTINCT FROM OLD.unit_price_cents THEN
                NEW.price_cents := NEW.unit_price_cents;
            ELSIF NEW.price_cents IS DISTINCT FROM OLD.price_cents THEN
                NEW.unit_price_cents := NEW.price_cents;
            END IF;
            RETURN NEW;
        END
        $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER products_keep_prices_in_step BEFORE INSERT OR UPDATE ON products
        FOR EACH ROW EXECUTE FUNCTION products_keep_prices_in_step()
        """
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER products_keep_prices_in_step ON products")
    op.execute("DROP FUNCTION products_keep_prices_in_step()")
