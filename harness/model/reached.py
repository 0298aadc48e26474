"""By which names a statement meets what a step did of which no change tells: as it meets a change of the same thing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.model.named import find_behind
from harness.model.schema import ObjectKind, compare_schemas

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.model.schema import SchemaObject

#: Words behind which a statement names what it changes.
CHANGED_BEHIND = frozenset(
    {"table", "view", "function", "procedure", "routine", "aggregate", "type", "domain", "sequence", "index", "on"}
)
_NAMED = frozenset(
    {
        ObjectKind.TABLE,
        ObjectKind.VIEW,
        ObjectKind.TYPE,
        ObjectKind.FUNCTION,
        ObjectKind.SEQUENCE,
        ObjectKind.INDEX,
    }
)
#: What makes an object another one, by comparison: what would meet such a change meets what is done to it unseen.
_MARK = {"meant": "yes"}
#: Constraints that PostgreSQL keeps by an index of the same name (manual, "CREATE TABLE").
_INDEXED = ("PRIMARY KEY", "UNIQUE", "EXCLUDE")


def find_reached(
    schema: Iterable[SchemaObject], written: Iterable[str], statements: Iterable[str]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """By which names a statement meets what was written and what a migration's statements name.

    A function leads to the table of its trigger, a sequence to the table that it feeds, an index to its table, a table
    to its views and to what it is a part of.

    Args:
        schema: All objects behind the step.
        written: Tables in which rows were written.
        statements: What the migration sent.

    Returns:
        For each name that leads to others, those others.
    """
    schema = tuple(schema)
    names = dict.fromkeys([*written, *(name for text in statements for name in find_behind(text, CHANGED_BEHIND))])
    meant: dict[tuple[ObjectKind, str], list[str]] = {}
    marked = []
    for item in schema:
        if its := [name for name in names if _is_meant(item, name)]:
            meant[item.kind, item.full_name] = its
        marked.append(replace(item, attributes={**item.attributes, **_MARK}) if its else item)
    found: dict[str, set[str]] = {name: set() for name in names}
    for change in compare_schemas(schema, marked) if meant else ():
        for name in meant[change.kind, change.name]:
            found[name] |= {*change.touched_by} - {name}
    return tuple((name, tuple(sorted(others))) for name, others in found.items() if others)


def _is_meant(item: SchemaObject, name: str) -> bool:
    if item.kind is ObjectKind.COLUMN:  # PostgreSQL's name for an identity's sequence (manual, "CREATE SEQUENCE")
        return "identity" in item.attributes and _is_called(f"{item.owner}_{item.name}_seq", name)
    if item.kind is ObjectKind.CONSTRAINT:
        return item.attributes.get("definition", "").startswith(_INDEXED) and _is_called(item.name, name)
    return item.kind in _NAMED and _is_called(item.name, name)


def _is_called(full_name: str, name: str) -> bool:
    return name in {full_name, full_name.rpartition(".")[2]}
