"""The schema of a database as data, and what one step changed in it, in words."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping


class ObjectKind(StrEnum):
    """Kinds of objects that statements depend on."""

    TABLE = "table"
    VIEW = "view"
    COLUMN = "column"
    CONSTRAINT = "constraint"
    INDEX = "index"
    TYPE = "type"
    LABEL = "enum label"
    ATTRIBUTE = "attribute"
    FUNCTION = "function"
    TRIGGER = "trigger"
    SEQUENCE = "sequence"
    POLICY = "policy"
    RULE = "rule"


class Deed(StrEnum):
    """What a step did to an object."""

    ADDED = "added"
    DROPPED = "dropped"
    RENAMED = "renamed"
    CHANGED = "changed"


@dataclass(frozen=True, kw_only=True)
class SchemaObject:
    """One object of a schema.

    Args:
        kind: What it is.
        identity: What stays when it is renamed: object identifiers of the catalog, not its name.
        name: Its name; with its schema where that is not ``public``.
        owner: The table or type that it belongs to, or the empty string.
        attributes: What else matters about it, by name.
    """

    kind: ObjectKind
    identity: str
    name: str
    owner: str = ""
    attributes: Mapping[str, str]

    @property
    def full_name(self) -> str:
        """``table.column`` for what belongs to something."""
        return f"{self.owner}.{self.name}" if self.owner else self.name


@dataclass(frozen=True, kw_only=True)
class SchemaChange:
    """What one step did to one object.

    Args:
        deed: Added, dropped, renamed or changed.
        kind: What the object is.
        name: Its full name before the step; after it where it was added.
        text: The change in words.
        names: Every identifier that a statement could name it by, before or after the step.
        touched_by: Names that were there before the step, of which a statement must have one to meet the change; empty
            where nothing that was there before can meet it.
        near: Tables that foreign keys connect with those.
        takes_rights: Whether somebody may do less now with what has that name.
        state: Attributes of an index or a constraint behind the step, by name.
        owners: Of those names, the ones of what it belongs to.
        only_rewritten: Whether nothing but its files are others.
    """

    deed: Deed
    kind: ObjectKind
    name: str
    text: str
    names: tuple[str, ...]
    touched_by: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    takes_rights: bool = False
    state: tuple[tuple[str, str], ...] = ()
    owners: tuple[str, ...] = ()
    only_rewritten: bool = False


def compare_schemas(before: Iterable[SchemaObject], after: Iterable[SchemaObject]) -> tuple[SchemaChange, ...]:
    """What was added, dropped, renamed and changed between two looks at a schema.

    What goes with its table (its columns when it is dropped) is not told again.

    Args:
        before: All objects before.
        after: All objects after.

    Returns:
        Changes, in the order of the objects' kinds and names.
    """
    before = tuple(before)
    after, anew = _recognise(before, tuple(after))
    old = {(item.kind, item.identity): item for item in before}
    new = {(item.kind, item.identity): item for item in after}
    gone = {item.name for key, item in old.items() if key not in new and item.kind in _CARRIERS}
    made = {item.name for key, item in new.items() if key not in old and item.kind in _CARRIERS}
    former = {item.name: item for item in old.values() if RIGHTS in item.attributes}
    there = {item.name for item in after if item.kind is ObjectKind.TABLE}
    changes = []
    for key in sorted(old.keys() | new.keys(), key=lambda key: (list(ObjectKind).index(key[0]), key[1])):
        one, other = old.get(key), new.get(key)
        if one is None and other is not None:
            lost = _lost_rights(former[other.name], other) if other.name in former else ""
            if lost:  # a table that is copied and swapped keeps its name, and no rights
                text = f"made {other.kind} {other.full_name} anew, and {lost}"
                changes.append(_change(Deed.ADDED, other, other, text, takes_rights=True))
            elif other.owner not in made:
                changes.append(_change(Deed.ADDED, other, other, _describe_added(other)))
        elif other is None and one is not None:
            if one.owner not in gone:
                changes.append(_change(Deed.DROPPED, one, one, f"dropped {one.kind} {one.full_name}"))
        elif one is not None and other is not None:
            changes.extend(_compare(one, other, anew=other.name in anew))
            changes.extend(_part(one, other, there))
    reach = _Reach(before)
    return tuple(
        replace(change, touched_by=(touched := reach.of(change)), near=reach.near(touched)) for change in changes
    )


def _compare(one: SchemaObject, other: SchemaObject, *, anew: bool) -> Iterator[SchemaChange]:
    """What is otherwise about an object that was there before and is there now."""
    if one.name != other.name:
        yield _change(Deed.RENAMED, one, other, f"renamed {one.kind} {one.full_name} to {other.name}")
    differences = _differences(one, other)
    if anew and other.kind is ObjectKind.TYPE:  # sessions remember it by its number
        text = f"made type {other.full_name} anew" + (f", {differences}" if differences else "")
        yield _change(Deed.CHANGED, one, other, text)
    elif differences:
        text = f"{other.kind} {other.full_name}: {differences}"
        change = _change(Deed.CHANGED, one, other, text, takes_rights=bool(_lost_rights(one, other)))
        yield replace(change, only_rewritten=differences == _REWRITTEN)


def _part(one: SchemaObject, other: SchemaObject, there: Collection[str]) -> Iterator[SchemaChange]:
    """Tables that are no part of a table any more, though they are there."""
    was, now = (set(item.attributes.get(PARTS, "").split()) for item in (one, other))
    for name in sorted((was - now) & _bare(there)):
        yield _change(Deed.CHANGED, one, other, f"table {other.full_name}: {name} is no part of it any more")


def _recognise(
    before: tuple[SchemaObject, ...], after: tuple[SchemaObject, ...]
) -> tuple[tuple[SchemaObject, ...], set[str]]:
    """Gives a view or a type that was made anew under its name its former identity, and its parts theirs.

    So it is told what is otherwise now, and not that all of it was dropped and added.

    Returns:
        All objects after, and the names of those that were made anew.
    """
    known = {(item.kind, item.identity) for item in before}
    there = {(item.kind, item.identity) for item in after}
    former = {(item.kind, item.owner, item.name): item.identity for item in before}
    gone = {(item.kind, item.name) for item in before if (item.kind, item.identity) not in there}
    anew = {
        item.name
        for item in after
        if item.kind in _REMADE and (item.kind, item.identity) not in known and (item.kind, item.name) in gone
    }
    recognised = tuple(
        replace(item, identity=former.get((item.kind, item.owner, item.name), item.identity))
        if item.owner in anew or (item.kind in _REMADE and item.name in anew)
        else item
        for item in after
    )
    return recognised, anew


class _Reach:
    """By which names a statement meets an object, by what the definitions of the others say.

    Args:
        before: All objects before the step.
    """

    def __init__(self, before: tuple[SchemaObject, ...]) -> None:
        self._objects = before
        self._known = {item.name for item in before if item.kind in _NAMED}
        self._words = [(item, _words(item)) for item in before]

    def of(self, change: SchemaChange) -> tuple[str, ...]:
        """The change's table or object, and whatever was defined by it: tables by a type, views by a table."""
        found = {name for name in change.names[:1] if name in self._known}
        if change.kind in _NAMED and change.deed is Deed.ADDED and not found:
            return ()
        while True:
            more = {
                item.owner or item.name
                for item, words in self._words
                if item.kind in _CARRYING and (item.owner or item.name) in self._known and words & _bare(found)
            }
            if more <= found:
                return tuple(sorted(found))
            found |= more

    def near(self, touched: tuple[str, ...]) -> tuple[str, ...]:
        """The other ends of foreign keys from and to some tables."""
        ends: set[str] = set()
        for item, words in self._words:
            if item.kind is ObjectKind.CONSTRAINT and "REFERENCES" in words:
                other = words & _bare(self._known) - {item.owner}
                if item.owner in touched:
                    ends |= other
                elif other & _bare(touched):
                    ends.add(item.owner)
        return tuple(sorted(ends - set(touched)))


def _words(item: SchemaObject) -> frozenset[str]:
    """The words of an object's definition, without those of its own name; of a table, the names of its partitions."""
    values = [item.attributes.get(PARTS, "")] if item.kind is ObjectKind.TABLE else item.attributes.values()
    return frozenset(word for value in values for word in _WORD.findall(value))


def _bare(names: Iterable[str]) -> frozenset[str]:
    """Names without their schema."""
    return frozenset(name.rpartition(".")[2] for name in names)


_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*")
#: What a statement names by itself.
_NAMED = frozenset({ObjectKind.TABLE, ObjectKind.VIEW, ObjectKind.TYPE, ObjectKind.FUNCTION, ObjectKind.SEQUENCE})
#: What hands a change on to the table that it is part of, or that is made of another one: a view's query, a column's
#: type and default, a trigger's function, a table's partitions. Not a foreign key: a row of the one table is no row of
#: the other.
_CARRYING = frozenset(
    {
        ObjectKind.TABLE,
        ObjectKind.VIEW,
        ObjectKind.COLUMN,
        ObjectKind.TRIGGER,
        ObjectKind.POLICY,
        ObjectKind.RULE,
        ObjectKind.FUNCTION,
    }
)


#: What takes its parts along when it comes or goes.
_CARRIERS = frozenset({ObjectKind.TABLE, ObjectKind.VIEW, ObjectKind.TYPE})

#: What can be made anew under its name in one step, without harm to anybody who does not look.
_REMADE = frozenset({ObjectKind.VIEW, ObjectKind.TYPE})
_REWRITTEN = "rewritten"

#: What may be there without being of use yet.
_BUILT = frozenset({ObjectKind.INDEX, ObjectKind.CONSTRAINT})


#: The attribute that tells which tables inherit from one, its partitions say: it is theirs what is done to them.
PARTS = "parts"
#: The attribute that tells who may do what: ``role: RIGHT, RIGHT; role: RIGHT``.
RIGHTS = "rights"


def _change(
    deed: Deed, before: SchemaObject, after: SchemaObject, text: str, *, takes_rights: bool = False
) -> SchemaChange:
    names = dict.fromkeys(n for n in (before.owner, before.name, after.owner, after.name) if n)
    state = tuple(sorted(after.attributes.items())) if before.kind in _BUILT and deed is not Deed.DROPPED else ()
    return SchemaChange(
        deed=deed,
        kind=before.kind,
        name=before.full_name,
        text=text,
        names=tuple(names),
        takes_rights=takes_rights,
        state=state,
        owners=tuple(dict.fromkeys(filter(None, (before.owner, after.owner)))),
    )


def _rights(item: SchemaObject) -> dict[str, set[str]]:
    pairs = (part.rpartition(": ") for part in item.attributes.get(RIGHTS, "").split("; ") if part)
    return {role: set(rights.split(", ")) for role, _, rights in pairs}


def _lost_rights(before: SchemaObject, after: SchemaObject) -> str:
    """Who may do less now, in words; the empty string where nobody does."""
    had, has = _rights(before), _rights(after)
    lost = {role: sorted(rights - has.get(role, set())) for role, rights in had.items()}
    return ", ".join(f"{role} lost {', '.join(rights)}" for role, rights in lost.items() if rights)


def _describe_added(item: SchemaObject) -> str:
    attributes = sorted(item.attributes.items(), key=lambda pair: pair[0] not in _PLAIN)
    details = ", ".join(
        " ".join((value if name in _PLAIN else f"{name} {value}").split()) for name, value in attributes
    )
    return f"added {item.kind} {item.full_name}" + (f" ({details})" if details and item.kind in _TOLD else "")


#: Attributes whose value speaks for itself.
_PLAIN = frozenset({"type", "null", "definition"})
#: Kinds whose attributes are short enough to be told with them.
_TOLD = frozenset(
    {
        ObjectKind.COLUMN,
        ObjectKind.CONSTRAINT,
        ObjectKind.INDEX,
        ObjectKind.TRIGGER,
        ObjectKind.POLICY,
        ObjectKind.RULE,
    }
)


def _differences(one: SchemaObject, other: SchemaObject) -> str:
    told: list[str] = []
    for name in dict.fromkeys([*one.attributes, *other.attributes]):
        was, now = (" ".join(item.attributes.get(name, "none").split()) for item in (one, other))
        if name == "definition" and one.owner != other.owner:  # its table was renamed, and every definition names it
            was = was.replace(one.owner, other.owner)
        if was == now or name == PARTS:
            continue
        if name == RIGHTS:
            told.extend(filter(None, [_lost_rights(one, other), _lost_rights(other, one).replace(" lost ", " got ")]))
        elif name == "storage":
            told.append(_REWRITTEN)
        elif len(was) + len(now) > _LONGEST:
            told.append(f"another {name}")
        else:
            told.append(f"{was} -> {now}" if name in _PLAIN else f"{name} {was} -> {now}")
    return ", ".join(told)


#: A longer difference (a function's body, a view's query) is not quoted.
_LONGEST = 160
