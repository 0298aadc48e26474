"""Who had which plot before.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("CREATE TABLE former_tenants (plot int NOT NULL, tenant text NOT NULL, until timestamptz NOT NULL)")
    op.execute("CREATE INDEX former_tenants_plot ON former_tenants (plot)")
    op.execute("""
        CREATE FUNCTION keep_tenant() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO former_tenants (plot, tenant, until) VALUES (OLD.id, OLD.tenant, now());
            RETURN NEW;
        END $$
    """)
    op.execute(
        "CREATE TRIGGER plots_keep_tenant BEFORE UPDATE OF tenant ON plots FOR EACH ROW EXECUTE FUNCTION keep_tenant()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER plots_keep_tenant ON plots")
    op.execute("DROP FUNCTION keep_tenant")
    op.execute("DROP TABLE former_tenants")
