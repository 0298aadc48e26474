"""By which names what no change tells of is met."""

from __future__ import annotations

import pytest

from harness.model.reached import find_bereft, find_reached
from harness.model.schema import ObjectKind, SchemaObject


def item(kind: ObjectKind, name: str, owner: str = "", **attributes: str) -> SchemaObject:
    return SchemaObject(kind=kind, identity=f"{owner}.{name}", name=name, owner=owner, attributes=attributes)


SCHEMA = (
    item(ObjectKind.TABLE, "orders", parts="orders_of_may"),
    item(ObjectKind.TABLE, "orders_of_may", parts=""),
    item(ObjectKind.TABLE, "Sales.Line"),
    item(ObjectKind.TABLE, "lone"),
    item(ObjectKind.COLUMN, "id", "orders", default="nextval('order_numbers'::regclass)"),
    item(ObjectKind.COLUMN, "id", "Sales.Line", default="none", identity="always"),
    item(ObjectKind.CONSTRAINT, "orders_pkey", "orders", definition="PRIMARY KEY (id)"),
    item(ObjectKind.CONSTRAINT, "keep", "lone", definition="CHECK (true)"),
    item(ObjectKind.INDEX, "by_day", "orders", definition="CREATE INDEX by_day ON orders (day)"),
    item(ObjectKind.SEQUENCE, "order_numbers", increment="1"),
    item(ObjectKind.SEQUENCE, "Sales.Line_id_seq"),
    item(ObjectKind.FUNCTION, "keep", arguments="", body="BEGIN RETURN NEW; END"),
    item(ObjectKind.TRIGGER, "kept", "Sales.Line", definition='ON "Sales"."Line" EXECUTE FUNCTION keep()'),
)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("ALTER SEQUENCE order_numbers CACHE 5", (("order_numbers", ("orders",)),)),
        ('ALTER SEQUENCE "Sales"."Line_id_seq" CACHE 5', (("Line_id_seq", ("Sales.Line",)),)),
        ("ALTER FUNCTION keep() COST 50", (("keep", ("Sales.Line",)),)),
        ("ALTER INDEX IF EXISTS by_day SET (fillfactor = 80)", (("by_day", ("orders",)),)),
        ("ALTER INDEX orders_pkey SET (fillfactor = 80)", (("orders_pkey", ("orders",)),)),
        ("ALTER TABLE ONLY orders_of_may SET (fillfactor = 80)", (("orders_of_may", ("orders",)),)),
        ("ALTER TABLE lone SET (fillfactor = 80)", ()),
        ("ALTER SYSTEM SET work_mem = '1MB'", ()),
    ],
)
def test_a_statement_is_met_as_a_change_of_what_it_names(
    statement: str, expected: tuple[tuple[str, tuple[str, ...]], ...]
) -> None:
    found = find_reached(SCHEMA, (), (statement,))
    assert tuple((name, tuple(set(others) - {"Sales.Line_id_seq"})) for name, others in found) == expected


def test_rows_are_met_by_way_of_what_they_are_a_part_of() -> None:
    assert find_reached(SCHEMA, ("orders_of_may", "lone"), ()) == (("orders_of_may", ("orders",)),)


CHILD = "FOREIGN KEY (order_id) REFERENCES orders(id) ON DELETE SET NULL"
KEYED = (*SCHEMA, item(ObjectKind.CONSTRAINT, "of_order", "notes", definition=CHILD))


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("DELETE FROM orders WHERE id = 5", (("orders", ("notes",)),)),
        ("TRUNCATE orders CASCADE", (("orders", ("notes",)),)),
        ("WITH old AS (DELETE FROM ONLY public.orders RETURNING id) SELECT 1", (("orders", ("notes",)),)),
        ("UPDATE orders SET note = 'x'", ()),
        ("INSERT INTO orders SELECT 1", ()),
        ("DELETE FROM lone", ()),
    ],
)
def test_rows_that_are_removed_are_met_by_whoever_stores_a_key_of_them(
    statement: str, expected: tuple[tuple[str, tuple[str, ...]], ...]
) -> None:
    assert find_bereft(KEYED, ("orders", "lone"), (statement,)) == expected


def test_rows_that_were_looked_for_and_not_found_are_met_by_nobody() -> None:
    assert find_bereft(KEYED, ("lone",), ("DELETE FROM orders",)) == ()
