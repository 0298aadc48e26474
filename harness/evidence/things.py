"""What of a step a release can meet, and by what kind of statement."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.model.acting import Command
from harness.model.named import find_behind, strip_values
from harness.model.reached import CHANGED_BEHIND
from harness.model.schema import Deed, ObjectKind
from harness.model.statement import split_statements

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.model.events import SchemaChanged
    from harness.model.schema import SchemaChange


class Way(StrEnum):
    """How a statement has to use what it names, to meet something."""

    ANY = "any"
    """In any way."""
    STORE = "store"
    """It adds rows, or changes some."""
    WRITE = "write"
    """It adds, changes or removes rows."""
    COMMAND = "command"
    """By a certain command."""


@dataclass(frozen=True, kw_only=True)
class Thing:
    """One thing that a step did.

    Args:
        text: In words.
        names: Who names one of these meets it.
        near: Tables that foreign keys connect with those.
        way: How they have to be used.
        parents: Tables from which a row that is removed meets it too.
        met_by: By which names statements of each command meet it, where that is the way.
        asked: Those commands in words.
        stays: Whether it was there before and is there behind the step, another one.
        children: Tables in which a row that is stored meets it too.
    """

    text: str
    names: tuple[str, ...]
    near: tuple[str, ...] = ()
    way: Way = Way.ANY
    parents: tuple[str, ...] = ()
    met_by: tuple[tuple[str, tuple[str, ...]], ...] = ()
    asked: tuple[str, ...] = ()
    stays: bool = False
    children: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Made:
    """What the steps before one have made of the names.

    Args:
        names: Names of what they made: no release from before the first of them knows it.
        former: Names of what was there before all of them, and is gone by that name, at the latest with this step.
    """

    names: frozenset[str] = frozenset()
    former: frozenset[str] = frozenset()


_NOTHING = Made()
_TABLES = frozenset({ObjectKind.TABLE, ObjectKind.VIEW})
#: What a statement names by itself.
_NAMED = _TABLES | {ObjectKind.TYPE, ObjectKind.FUNCTION, ObjectKind.SEQUENCE}
#: What a column says that must be written from now on, or cannot be left out any more. One with an identity can.
_MUST_WRITE = re.compile(r": (?:nullable -> NOT NULL|default (?:(?! -> ).)+ -> none)$")
_ADDED_MUST_WRITE = re.compile(r" \(NOT NULL, .*\bdefault none\b(?!.*\bidentity )")
#: They act when rows are written (manual, "CREATE TRIGGER", "CREATE RULE"); a view's own rule is not told.
_ACTING = frozenset({ObjectKind.TRIGGER, ObjectKind.RULE})
_UNIQUE = re.compile(r"\bCREATE UNIQUE INDEX\b")
#: What can change something for who is there already; what is made new, or granted, or looked for in vain, cannot.
_ALTERS = re.compile(
    r"\b(?:ALTER|REVOKE|REASSIGN|CALL|OR\s+REPLACE|DROP(?!(?:\s+\w+){1,3}?\s+IF\s+EXISTS\b)"
    r"|CREATE\s+(?:EVENT\s+TRIGGER|CAST|OPERATOR))\b",
    re.IGNORECASE,
)
_DO = re.compile(r"\s*DO\b", re.IGNORECASE)
#: What acts wherever it fits, and not by its name.
_ANYWHERE = re.compile(r"\s*CREATE\s+(?:EVENT|CAST|OPERATOR)\b", re.IGNORECASE)
_LONGEST = 100


def trace_made(events: Iterable[SchemaChanged]) -> dict[str, Made]:
    """What the steps before each one have made.

    A part of a table that was there is met by way of that, and what takes a name that was there is met by the name.

    Args:
        events: What the steps did, in their order.

    Returns:
        By the steps' labels.
    """
    found: dict[str, Made] = {}
    made, former = set[str](), set[str]()
    for event in events:
        if event.label in found:  # a shard tells it again
            continue
        named = [change for change in event.changes if change.kind in _NAMED]
        gone = {change.name for change in named if change.deed in {Deed.DROPPED, Deed.RENAMED}}
        former |= gone - made
        found[event.label] = Made(names=frozenset(made), former=frozenset(former))
        added = {c.name: c for c in named if c.deed is Deed.ADDED and not c.touched_by and c.name not in former}
        renamed = {change.names[-1] for change in named if change.deed is Deed.RENAMED and change.name in made}
        parts = {name for name, change in added.items() if not made | added.keys() >= set(change.within)}
        made |= (added.keys() - parts) | (renamed - former)
    return found


def find_things(event: SchemaChanged, made: Made = _NOTHING) -> Iterator[Thing]:
    """What a release can meet that knows nothing of the step: what was done to things that it knows.

    What is only tightened for those who write is met by those who write. A column that is gone stays a matter of its
    whole table: a release that has left off using it is the usual, safe case. What an earlier step made it does not
    know either, but for what of that acts on things that it knows.

    Args:
        event: What the step did.
        made: What the steps before it have made that the release does not know.
    """
    filled: set[str] = set()
    for change in event.changes:
        if change.touched_by:
            thing = _as_thing(change)
            filled |= set(change.owners) if thing.way is Way.STORE else set()
            if change.kind is ObjectKind.SETTINGS or not made.names.issuperset(change.touched_by):
                yield thing
            elif left := _reaching_back(change, thing, made):
                yield left
        elif change.deed is Deed.ADDED and change.name in made.former:
            yield Thing(text=change.text, names=change.names)
    added = {c.name for c in event.changes if c.deed is Deed.ADDED and c.kind in _NAMED and not c.touched_by}
    for table, rows in event.written:
        names = _with_reached(event, (table,))
        if not names <= (added - made.former) | made.names:
            # rows that were made to fit what is tightened are no more to a reader than that
            way = Way.STORE if table in filled else Way.ANY
            children = dict(event.bereft).get(table, ())
            yield Thing(text=f"wrote {rows} rows of {table}", names=tuple(sorted(names)), way=way, children=children)


def find_things_of_new(event: SchemaChanged) -> Iterator[Thing]:
    """What the new release can meet: what is there behind the step; what is gone it is not to ask for any more.

    Nor for rows: those that were written may be gone. A table that became a part of another one is met by way of that.

    Args:
        event: What the step did.
    """
    for change in event.changes:
        if change.deed is Deed.DROPPED:
            continue
        if change.touched_by:
            renamed = change.deed is Deed.RENAMED and not change.owners  # it is known by its name before and behind
            names = (*change.touched_by, *change.names) if renamed else (*change.touched_by, *change.within)
            yield Thing(text=change.text, names=names, near=change.near, stays=change.deed is Deed.CHANGED)
        elif change.deed is Deed.ADDED and change.kind in _TABLES:
            yield Thing(text=change.text, names=(*change.names, *change.within))


def find_unseen(event: SchemaChanged, made: Made = _NOTHING) -> Iterator[Thing]:
    """What a migration did of which the schema shows nothing: its statements, by what they name.

    Args:
        event: What the step did.
        made: What the steps before it have made that the release does not know.
    """
    if event.changes or event.written:
        return
    unknown = _bare(made.names)
    for statement in (one for text in event.statements for one in split_statements(text)):
        plain = strip_values(statement)
        if _ALTERS.search(statement if _DO.match(plain) else plain):
            told = " ".join(statement.split())
            told = told if len(told) <= _LONGEST else f"{told[:_LONGEST]}..."
            names = _with_reached(event, find_behind(statement, CHANGED_BEHIND))
            if not names or not _bare(names) <= unknown or _ANYWHERE.match(plain):
                yield Thing(text=told, names=tuple(sorted(names)))


def _with_reached(event: SchemaChanged, names: Iterable[str]) -> frozenset[str]:
    """Names, and those by which a statement meets the same."""
    reached = dict(event.reached)
    return frozenset(other for name in names for other in (name, *reached.get(name, ())))


def _reaching_back(change: SchemaChange, thing: Thing, made: Made) -> Thing | None:
    """What of something that was done to a new thing meets one that was there: a foreign key to it, or its name."""
    taken = [name for name in change.names[-1:] if change.deed is Deed.RENAMED and name in made.former]
    parents = tuple(name for name in thing.parents if name not in _bare(made.names))
    return replace(thing, names=tuple(taken), parents=parents) if taken or parents else None


def _bare(names: Iterable[str]) -> frozenset[str]:
    """Names without their schema."""
    return frozenset(name.rpartition(".")[2] for name in names)


def _by_command(change: SchemaChange) -> Thing:
    return Thing(
        text=change.text,
        names=change.touched_by,
        near=change.near,
        way=Way.COMMAND,
        parents=tuple(sorted({table for _, table in change.acts} - set(change.touched_by))),
        met_by=change.met_by,
        asked=tuple(f"{command} on {table}" for command, table in change.acts if command != Command.LOCK),
    )


def _as_thing(change: SchemaChange) -> Thing:
    if change.acts:
        return _by_command(change)
    way, parents = Way.ANY, tuple[str, ...]()
    definition = dict(change.state).get("definition", "")
    if change.kind is ObjectKind.COLUMN:
        pattern = _ADDED_MUST_WRITE if change.deed is Deed.ADDED else _MUST_WRITE
        way = Way.STORE if change.deed in {Deed.ADDED, Deed.CHANGED} and pattern.search(change.text) else way
    elif change.deed is Deed.ADDED and change.kind in _ACTING:
        way = Way.WRITE
    elif change.deed is Deed.ADDED and (
        change.kind is ObjectKind.CONSTRAINT or (change.kind is ObjectKind.INDEX and _UNIQUE.search(definition))
    ):
        way, parents = Way.STORE, find_behind(definition, frozenset({"references"}))
    return Thing(text=change.text, names=change.touched_by, near=change.near, way=way, parents=parents)
