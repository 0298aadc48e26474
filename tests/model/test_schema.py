"""What one step changed in a schema, in words."""

from __future__ import annotations

from harness.model.schema import Deed, ObjectKind, SchemaObject, compare_schemas


def column(name: str, number: int = 1, *, table: str = "orders", **attributes: str) -> SchemaObject:
    given = {"type": "text", "null": "nullable", "default": "none", **attributes}
    return SchemaObject(kind=ObjectKind.COLUMN, identity=f"100.{number}", name=name, owner=table, attributes=given)


def table(name: str = "orders", storage: str = "1") -> SchemaObject:
    return SchemaObject(kind=ObjectKind.TABLE, identity="100", name=name, attributes={"storage": storage})


def texts(before: list[SchemaObject], after: list[SchemaObject]) -> list[str]:
    return [change.text for change in compare_schemas(before, after)]


def test_nothing_changed() -> None:
    assert texts([table(), column("note")], [table(), column("note")]) == []


def test_a_column_that_comes_goes_is_renamed_or_changed() -> None:
    assert texts([table()], [table(), column("note")]) == ["added column orders.note (text, nullable, default none)"]
    assert texts([table(), column("note")], [table()]) == ["dropped column orders.note"]
    assert texts([column("note")], [column("remark")]) == ["renamed column orders.note to remark"]
    assert texts([column("note")], [column("note", null="NOT NULL")]) == ["column orders.note: nullable -> NOT NULL"]
    assert texts([column("note", default="'a'")], [column("note", default="'b'")]) == [
        "column orders.note: default 'a' -> 'b'"
    ]


def test_a_column_dropped_and_added_under_its_old_name_is_not_the_same_column() -> None:
    assert texts([column("note", 1)], [column("note", 2, type="integer")]) == [
        "dropped column orders.note",
        "added column orders.note (integer, nullable, default none)",
    ]


def test_what_goes_with_its_table_is_not_told_again() -> None:
    assert texts([table(), column("note")], []) == ["dropped table orders"]
    assert texts([], [table(), column("note")]) == ["added table orders"]


def test_a_rewritten_table_says_so_and_a_long_body_is_not_quoted() -> None:
    assert texts([table(storage="1")], [table(storage="2")]) == ["table orders: rewritten"]
    one, other = (
        SchemaObject(kind=ObjectKind.FUNCTION, identity="7", name="sync", attributes={"body": body * 200})
        for body in "ab"
    )
    assert texts([one], [other]) == ["function sync: another body"]


def test_a_change_knows_every_name_by_which_a_statement_could_mean_it() -> None:
    [change] = compare_schemas([column("note")], [column("remark")])
    assert change.deed is Deed.RENAMED
    assert set(change.names) == {"orders", "note", "remark"}
