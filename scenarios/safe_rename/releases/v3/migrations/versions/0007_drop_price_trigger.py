"""drop the trigger that keeps the prices in step: it names the column that goes next"""

from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"


def upgrade() -> None:
    op.execute("DROP TRIGGER products_keep_prices_in_step ON products")
    op.execute("DROP FUNCTION products_keep_prices_in_step()")


def downgrade() -> None:
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
    op.execute("UPDATE products SET price_cents = unit_price_cents WHERE price_cents IS DISTINCT FROM unit_price_cents")
