"""Tariffs, tickets, passes, exits, settings.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE tariffs (code text PRIMARY KEY, cents integer NOT NULL)")
    op.execute("INSERT INTO tariffs VALUES ('hour', 250), ('month', 12000)")
    op.execute("""
        CREATE TABLE tickets (
            id serial PRIMARY KEY, car text NOT NULL, hour integer NOT NULL,
            tariff text NOT NULL REFERENCES tariffs ON UPDATE CASCADE
        )
    """)
    op.execute("""
        CREATE TABLE passes (
            id serial PRIMARY KEY, car text NOT NULL, tariff text NOT NULL REFERENCES tariffs ON UPDATE CASCADE
        )
    """)
    op.execute("CREATE TABLE exits (id serial PRIMARY KEY, car text NOT NULL, minutes integer NOT NULL)")
    op.execute("CREATE TABLE settings (key text PRIMARY KEY, value text NOT NULL)")
    op.execute("INSERT INTO settings VALUES ('grace_minutes', '15')")


def downgrade() -> None:
    for table in ("settings", "exits", "passes", "tickets", "tariffs"):
        op.drop_table(table)
