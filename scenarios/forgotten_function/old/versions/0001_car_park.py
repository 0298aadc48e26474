"""Tickets, passes, bays and gates, with what the database does for them.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None

TABLES = """
CREATE TABLE tickets (id serial PRIMARY KEY, plate text NOT NULL, hours int NOT NULL, tariff int NOT NULL DEFAULT 150);
CREATE TABLE passes (
    id serial PRIMARY KEY, holder text NOT NULL, valid text NOT NULL, colour text, replaces int REFERENCES passes
);
CREATE TABLE pass_changes (pass int NOT NULL, was text NOT NULL, becomes text NOT NULL, colour text);
CREATE TABLE bays (id serial PRIMARY KEY, name text NOT NULL, hirer text, notes text);
CREATE TABLE gates (id serial PRIMARY KEY, street text NOT NULL, postcode text)
"""
FEE = """
CREATE FUNCTION fee(ticket int) RETURNS int LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT hours * tariff FROM tickets WHERE id = ticket);
END $$
"""
CHANGES = """
CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO pass_changes VALUES (NEW.id, OLD.holder, NEW.holder, NEW.colour);
    RETURN NEW;
END $$;
CREATE TRIGGER note_change AFTER UPDATE ON passes FOR EACH ROW EXECUTE FUNCTION note_change()
"""
FREE_BAYS = "CREATE VIEW free_bays AS SELECT id, name, notes FROM bays WHERE hirer IS NULL"
SIGN = """
CREATE FUNCTION gate_sign(gate int) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT concat_ws(', ', street, postcode) FROM gates WHERE id = gate);
END $$
"""


def upgrade() -> None:
    for statement in (TABLES, FEE, CHANGES, FREE_BAYS, SIGN):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP VIEW free_bays")
    op.execute("DROP TABLE tickets, passes, pass_changes, bays, gates")
    op.execute("DROP FUNCTION fee, note_change, gate_sign")
