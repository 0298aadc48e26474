"""What counts as other rows, where two databases are compared by what each column holds."""

from __future__ import annotations

from harness.model.schema import ObjectKind, SchemaObject
from harness.runtime.torn import State


def column(table: str, name: str, **attributes: str) -> SchemaObject:
    return SchemaObject(
        kind=ObjectKind.COLUMN, identity=f"column {table}.{name}", name=name, owner=table, attributes=attributes
    )


SCHEMA = (
    column("tags", "id", default="nextval('tags_id_seq'::regclass)"),
    column("tags", "name", default="none"),
    column("turns", "id", default="none", identity="always"),
)
WHOLE = State(SCHEMA, {("tags", "id"): "1..10", ("tags", "name"): "a..j", ("turns", "id"): "1..3"})


def unlike(**other: str) -> set[str]:
    changed = {tuple(key.split("__")): digest for key, digest in other.items()}
    found = WHOLE.rows_unlike(State(SCHEMA, {**WHOLE.columns, **changed}))  # type: ignore[dict-item]
    return {".".join(key) for key in found}


def test_numbers_of_a_sequence_alone_are_no_other_rows() -> None:
    assert unlike() == set()
    assert unlike(tags__id="1..5, 11..15") == set()
    assert unlike(tags__id="1..20", tags__name="a..j, a..j") == {"tags.id", "tags.name"}
    assert unlike(tags__name="a..i") == {"tags.name"}


def test_those_of_a_table_that_has_nothing_else_are() -> None:
    assert unlike(turns__id="1..6") == {"turns.id"}
