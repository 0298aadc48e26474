"""By which names a statement meets what a step did of which no change tells: as it meets a change of the same thing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.model.acting import Command
from harness.model.named import find_behind, find_named
from harness.model.reach import bare
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
_REMOVING = frozenset({Command.DELETE, Command.TRUNCATE})
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


def find_bereft(
    schema: Iterable[SchemaObject], written: Iterable[str], statements: Iterable[str]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Which tables a migration removed rows from that foreign keys look at.

    Whoever stores a row in a table with such a key meets that, though no statement names the other one (manual, "CREATE
    TABLE", ``REFERENCES``).

    Args:
        schema: All objects behind the step.
        written: Tables in which rows were written.
        statements: What the migration sent.

    Returns:
        Each of these tables, with those that have the keys.
    """
    removed = {name for text in statements for command, name in find_named(text).used if command in _REMOVING}
    looking: dict[str, set[str]] = {table: set() for table in written if not removed.isdisjoint(bare([table]))}
    for item in schema if looking else ():
        if item.kind is ObjectKind.CONSTRAINT:
            ends = bare(find_behind(item.attributes.get("definition", ""), frozenset({"references"})))
            for table, owners in looking.items():
                if not ends.isdisjoint(bare([table])):
                    owners.add(item.owner)
    return tuple((table, tuple(sorted(owners))) for table, owners in looking.items() if owners)


def _is_meant(item: SchemaObject, name: str) -> bool:
    if item.kind is ObjectKind.COLUMN:  # PostgreSQL's name for an identity's sequence (manual, "CREATE SEQUENCE")
        return "identity" in item.attributes and _is_called(f"{item.owner}_{item.name}_seq", name)
    if item.kind is ObjectKind.CONSTRAINT:
        return item.attributes.get("definition", "").startswith(_INDEXED) and _is_called(item.name, name)
    return item.kind in _NAMED and _is_called(item.name, name)


def _is_called(full_name: str, name: str) -> bool:
    return name in {full_name, full_name.rpartition(".")[2]}
