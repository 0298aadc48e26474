"""Which functions may write rows."""

from __future__ import annotations

import pytest

from harness.model.schema_object import ObjectKind, SchemaObject
from harness.model.writers import find_writers


def function(name: str, body: str, **attributes: str) -> SchemaObject:
    return SchemaObject(
        kind=ObjectKind.FUNCTION, identity=name, name=name, owner="", attributes={"body": body, **attributes}
    )


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("BEGIN INSERT INTO events VALUES (i, a); END", ("f",)),
        ("BEGIN EXECUTE format('DELETE FROM %I', t); END", ("f",)),
        ("UPDATE events SET seen = true", ("f",)),
        ("BEGIN PERFORM pg_notify('a', 'b'); END", ()),
        ("SELECT id FROM events WHERE id = i FOR UPDATE", ()),
        ("SELECT updated FROM events -- no UPDATE", ()),
    ],
)
def test_a_function_writes_by_its_own_code(body: str, found: tuple[str, ...]) -> None:
    assert find_writers([function("f", body)]) == found


def test_a_function_writes_by_what_it_calls() -> None:
    schema = [
        function("audit.note", "INSERT INTO events VALUES (i)"),
        function("save", "BEGIN PERFORM audit.note(i); END"),
        function("save_all", "SELECT save(id) FROM items"),
        function("look", "SELECT count(*) FROM events"),
        SchemaObject(kind=ObjectKind.TABLE, identity="1", name="inserts", owner="", attributes={}),
    ]
    assert find_writers(schema) == ("note", "save", "save_all")


def test_what_must_not_write_does_not() -> None:
    assert find_writers([function("f", "SELECT 'INSERT'", volatility="stable")]) == ()


def test_functions_of_one_name_are_taken_together() -> None:
    assert find_writers([function("f", "INSERT INTO a VALUES (1)"), function("f", "SELECT 1")]) == ("f",)
