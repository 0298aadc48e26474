"""Which commands meet what acts on certain ones alone."""

from __future__ import annotations

import pytest

from harness.model.acting import Command, find_commands, find_met_by, find_swapped_keys
from harness.model.schema_object import ObjectKind, SchemaObject


def item(kind: ObjectKind, owner: str = "items", identity: str = "1", **attributes: str) -> SchemaObject:
    return SchemaObject(kind=kind, identity=identity, name="keep", owner=owner, attributes=attributes)


def key(owner: str, parent: str, actions: str = "", identity: str = "1") -> SchemaObject:
    definition = f"FOREIGN KEY (a) REFERENCES {parent}(id){actions}"
    return item(ObjectKind.CONSTRAINT, owner, identity, definition=definition)


ACTING = "EXECUTE FUNCTION no()"


@pytest.mark.parametrize(
    ("kind", "attributes", "commands"),
    [
        (ObjectKind.TRIGGER, {"definition": f"CREATE TRIGGER keep BEFORE DELETE ON public.items {ACTING}"}, {"DELETE"}),
        (
            ObjectKind.TRIGGER,
            {"definition": f'CREATE CONSTRAINT TRIGGER "no ON" AFTER INSERT OR UPDATE OF a, b ON items {ACTING}'},
            {"INSERT", "UPDATE"},
        ),
        (ObjectKind.TRIGGER, {"definition": f"CREATE TRIGGER keep AFTER TRUNCATE ON items {ACTING}"}, {"TRUNCATE"}),
        (ObjectKind.TRIGGER, {}, set()),
        (ObjectKind.RULE, {"definition": "CREATE RULE k AS\n    ON UPDATE TO public.items DO NOTHING;"}, {"UPDATE"}),
        (ObjectKind.POLICY, {"command": "a"}, {"INSERT"}),
        (ObjectKind.POLICY, {"command": "w"}, {"UPDATE", "LOCK"}),
        (ObjectKind.POLICY, {"command": "r"}, set()),
        (ObjectKind.POLICY, {"command": "*"}, set()),
        (ObjectKind.INDEX, {"definition": "CREATE INDEX keep ON items (a)"}, set()),
    ],
)
def test_the_command_is_what_the_catalog_says(kind: ObjectKind, attributes: dict[str, str], commands: set[str]) -> None:
    one = item(kind, **attributes)
    assert find_commands(one, one) == commands


@pytest.mark.parametrize(
    ("left", "commands"),
    [
        ("INSERT, SELECT, UPDATE", {"DELETE"}),
        ("DELETE, INSERT, SELECT", {"UPDATE", "LOCK"}),
        ("DELETE, INSERT, UPDATE", set()),
        ("DELETE, INSERT, SELECT, UPDATE", set()),
    ],
)
def test_a_right_that_is_taken_is_met_by_who_needs_it(left: str, commands: set[str]) -> None:
    one, other = (
        SchemaObject(kind=ObjectKind.TABLE, identity="1", name="items", attributes={"rights": f"web: {rights}"})
        for rights in ("DELETE, INSERT, SELECT, TRIGGER, UPDATE", left)
    )
    assert find_commands(one, other) == commands


def test_a_key_with_another_action_is_met_where_rows_of_the_other_table_go() -> None:
    was, now = key("lines", "items", " ON DELETE CASCADE"), key("lines", "items", " ON DELETE RESTRICT NOT VALID", "2")
    found = find_swapped_keys([was], [now])
    assert set(found.values()) == {(("DELETE", "items"),)}
    assert len(found) == len([was, now])
    for other in (key("lines", "things", identity="2"), key("lines", "items", " ON DELETE CASCADE NOT VALID", "2")):
        assert not find_swapped_keys([was], [other])


def met(kind: ObjectKind, command: str, *objects: SchemaObject, **carried: tuple[str, ...]) -> dict[str, set[str]]:
    found = find_met_by(kind, [(command, "lines")], objects, lambda table: carried.get(table, ()))
    return {by: set(names) for by, names in found}


def test_rows_that_go_with_others_meet_a_trigger_but_no_right() -> None:
    keys = key("lines", "items", " ON DELETE CASCADE"), key("items", "shops", " ON UPDATE CASCADE ON DELETE CASCADE")
    assert met(ObjectKind.TRIGGER, "DELETE", *keys) == {"DELETE": {"lines", "items", "shops"}}
    assert met(ObjectKind.TABLE, "DELETE", *keys) == {"DELETE": {"lines"}}
    nulled = key("lines", "items", " ON DELETE SET NULL (a)")
    assert met(ObjectKind.TRIGGER, "UPDATE", nulled) == {"UPDATE": {"lines"}, "DELETE": {"items"}}
    assert met(ObjectKind.TRIGGER, "INSERT", *keys) == {"INSERT": {"lines"}}


def test_what_a_function_or_a_view_does_to_a_table_cannot_be_told_and_a_whole_does_the_same() -> None:
    found = met(ObjectKind.TRIGGER, "DELETE", lines=("lines", "drop_lines"))
    assert found == {command: {"drop_lines"} | ({"lines"} if command == "DELETE" else set()) for command in Command}
    whole = SchemaObject(kind=ObjectKind.TABLE, identity="9", name="all_lines", attributes={"parts": "lines"})
    found = met(ObjectKind.TRIGGER, "DELETE", whole, lines=("lines", "all_lines"))
    assert found == {"DELETE": {"lines", "all_lines"}, "UPDATE": {"all_lines"}}
