"""The schema of a database as data, and what one step changed in it, in words."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.model.acting import find_commands, find_swapped_keys
from harness.model.parts import find_wholes
from harness.model.reach import Reach, bare
from harness.model.schema_object import (
    BOUNDS,
    BRINGS,
    PARTS,
    RIGHTS,
    STORAGE,
    Deed,
    ObjectKind,
    SchemaObject,
)
from harness.model.schema_text import (
    REWRITTEN,
    call_types,
    describe_added,
    describe_former,
    find_another_order,
    find_differences,
    find_renamed_types,
    lost_rights,
    only_grants,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    #: Objects by what stays when they are renamed.
    _Known = Mapping[tuple[ObjectKind, str], SchemaObject]

__all__ = ["Deed", "ObjectKind", "SchemaChange", "SchemaObject", "compare_schemas"]


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
        only_grants: Whether nothing is otherwise but that somebody may do more.
        within: Tables that it is a part of since the step: a partition's that was added, or whose whole was.
        acts: Commands and tables, where only statements of those kinds meet it; empty where others do too.
        met_by: By which names statements of each command meet it then.
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
    only_grants: bool = False
    within: tuple[str, ...] = ()
    acts: tuple[tuple[str, str], ...] = ()
    met_by: tuple[tuple[str, tuple[str, ...]], ...] = ()


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
    before, after = _without_what_columns_tell(before, after)
    old = {(item.kind, item.identity): item for item in before}
    new = {(item.kind, item.identity): item for item in after}
    gone = {item.name for key, item in old.items() if key not in new and item.kind in _CARRIERS}
    made = {item.name for key, item in new.items() if key not in old and item.kind in _CARRIERS}
    former = {_called(item): item for item in old.values() if RIGHTS in item.attributes}
    parts = {item.name: item.attributes.get(PARTS, "").split() for item in after if item.kind is ObjectKind.TABLE}
    keys = {(item.kind, item.full_name): item for key, item in old.items() if key not in new and item.kind in _BUILT}
    swapped = find_swapped_keys(
        [item for key, item in old.items() if key not in new], [item for key, item in new.items() if key not in old]
    )
    types = find_renamed_types(old, new)
    changes = []
    for key in sorted(old.keys() | new.keys(), key=lambda key: (list(ObjectKind).index(key[0]), key[1])):
        one, other = old.get(key), new.get(key)
        if one is None and other is not None:
            lost = lost_rights(former[_called(other)], other) if _called(other) in former else ""
            if lost:  # a table that is copied and swapped keeps its name, and no rights
                text = f"made {other.kind} {other.full_name} anew, and {lost}"
                changes.append(_change(Deed.ADDED, other, other, text, takes_rights=True))
            elif other.owner not in made:
                text = describe_added(other) + describe_former(keys.get((other.kind, other.full_name)), other)
                added = _change(Deed.ADDED, other, other, text)
                added = replace(added, acts=swapped.get(key, added.acts))
                changes.append(replace(added, within=find_wholes(other.name, parts)))
            changes.extend(_become_parts(other, old, after, parts))
        elif other is None and one is not None:
            if one.owner not in gone:
                dropped = _change(Deed.DROPPED, one, one, f"dropped {one.kind} {one.full_name}")
                changes.append(replace(dropped, acts=swapped.get(key, dropped.acts)))
        elif one is not None and other is not None:
            changes.extend(_compare(call_types(one, types), other, anew=anew.get(other.name)))
            changes.extend(_part(one, other, old, after))
            changes.extend(_bound(one, other, parts))
    reach = Reach(before)
    return tuple(
        replace(change, touched_by=(touched := reach.of(change)), near=reach.near(touched), met_by=reach.met_by(change))
        for change in changes
    )


def _without_what_columns_tell(
    before: tuple[SchemaObject, ...], after: tuple[SchemaObject, ...]
) -> tuple[tuple[SchemaObject, ...], tuple[SchemaObject, ...]]:
    """All objects but NOT NULL as a constraint of its own, where no row from before may be empty: a column tells it."""
    told = {
        item.identity for item in (*before, *after) if _is_not_null(item) and item.attributes["validated"] == "false"
    }

    def left(items: tuple[SchemaObject, ...]) -> tuple[SchemaObject, ...]:
        return tuple(item for item in items if not _is_not_null(item) or item.identity in told)

    return left(before), left(after)


def _is_not_null(item: SchemaObject) -> bool:
    return item.kind is ObjectKind.CONSTRAINT and item.attributes.get("definition", "").startswith("NOT NULL ")


def _called(item: SchemaObject) -> tuple[str, str]:
    """By what statements know an object that was made anew: functions of one name differ in their arguments."""
    return item.full_name, item.attributes.get("arguments", "") if item.kind is ObjectKind.FUNCTION else ""


def _compare(one: SchemaObject, other: SchemaObject, *, anew: str | None) -> Iterator[SchemaChange]:
    """What is otherwise about an object that was there before and is there now.

    Args:
        one: Before.
        other: Behind.
        anew: Where it was made anew, how its columns are ordered otherwise.
    """
    if one.name != other.name:
        yield _change(Deed.RENAMED, one, other, f"renamed {one.kind} {one.full_name} to {other.name}")
    differences = find_differences(one, other)
    if anew is not None and other.kind is ObjectKind.TYPE:  # sessions remember it by its number
        text = f"made type {other.full_name} anew" + (f", {differences}" if differences else "")
        yield _change(Deed.CHANGED, one, other, text)
    elif anew is not None and other.kind is ObjectKind.TABLE:
        told = ", ".join(filter(None, [find_differences(_in_files_of(one, one), _in_files_of(other, one)), anew]))
        text = f"made table {other.full_name} anew" + (f", and {told}" if told else "")
        yield _change(Deed.CHANGED, one, other, text, takes_rights=bool(lost_rights(one, other)))
    elif differences:
        text = f"{other.kind} {other.full_name}: {differences}"
        change = _change(Deed.CHANGED, one, other, text, takes_rights=bool(lost_rights(one, other)))
        yield replace(change, only_rewritten=differences == REWRITTEN, only_grants=only_grants(one, other))


def _in_files_of(item: SchemaObject, former: SchemaObject) -> SchemaObject:
    return replace(item, attributes={**item.attributes, STORAGE: former.attributes.get(STORAGE, "")})


def _part(
    one: SchemaObject, other: SchemaObject, old: _Known, after: tuple[SchemaObject, ...]
) -> Iterator[SchemaChange]:
    """Tables that are no part of a table any more, though they are there, and those that were there and are one now.

    What is asked of the rows of a part that was attached, rows of the table have to meet too, and a message names it.
    """
    was, now = (set(item.attributes.get(PARTS, "").split()) for item in (one, other))
    is_there = bare(item.name for item in after if item.kind is ObjectKind.TABLE)
    for name in sorted((was - now) & is_there):
        yield _change(Deed.CHANGED, one, other, f"table {other.full_name}: {name} is no part of it any more")
    for former, part in _older_parts(other, old, after):
        name = part.name.rpartition(".")[2]
        if name in was or not bare([former.name]).isdisjoint(was):
            continue
        keys = (item.name for item in after if item.kind in _BUILT and item.owner == part.name)
        change = _change(Deed.CHANGED, one, other, f"table {other.full_name}: {name} is a part of it now")
        yield replace(change, names=(*change.names, part.name, *keys), owners=change.names)


def _become_parts(
    whole: SchemaObject, old: _Known, after: tuple[SchemaObject, ...], parts: Mapping[str, Collection[str]]
) -> Iterator[SchemaChange]:
    """Tables that were there before and are parts now of one that was not: whoever writes to them meets their bounds.

    Source: PostgreSQL's manual, "ALTER TABLE", ATTACH PARTITION.
    """
    for former, part in _older_parts(whole, old, after):
        bounds = f" ({part.attributes[BOUNDS]})" if BOUNDS in part.attributes else ""
        text = f"table {part.full_name}: it is a part of {whole.full_name} now{bounds}"
        yield replace(_change(Deed.CHANGED, former, part, text), within=find_wholes(part.name, parts))


def _older_parts(
    whole: SchemaObject, old: _Known, after: tuple[SchemaObject, ...]
) -> list[tuple[SchemaObject, SchemaObject]]:
    """The parts of a table that were there before the step, whatever they were then: as they were, and as they are.

    Parts are known by their names alone: of several with the same, the one in the table's own schema is meant.
    """
    names = set(whole.attributes.get(PARTS, "").split())
    found: dict[str, list[SchemaObject]] = defaultdict(list)
    for item in after if names else ():
        if item.kind is ObjectKind.TABLE:
            found[item.name.rpartition(".")[2]].append(item)
    schema = whole.name.rpartition(".")[0]
    pairs = []
    for name in sorted(names):
        near = [item for item in found[name] if item.name.rpartition(".")[0] == schema]
        pairs += [(old.get((item.kind, item.identity)), item) for item in near or found[name]]
    return [(former, part) for former, part in pairs if former is not None]


def _bound(one: SchemaObject, other: SchemaObject, parts: Mapping[str, Collection[str]]) -> Iterator[SchemaChange]:
    """A partition that takes other rows than before: that it takes any, or all, is told as what it is a part of."""
    was, now = (item.attributes.get(BOUNDS, "") for item in (one, other))
    if was and now and was != now:
        change = _change(Deed.CHANGED, one, other, f"table {other.full_name}: bounds {was} -> {now}")
        yield replace(change, names=(*change.names, *find_wholes(other.name, parts)))


def _recognise(
    before: tuple[SchemaObject, ...], after: tuple[SchemaObject, ...]
) -> tuple[tuple[SchemaObject, ...], dict[str, str]]:
    """Gives a table, a view or a type that was made anew under its name its former identity, and its parts theirs.

    So it is told what is otherwise now, and not that all of it was dropped and added. A key that is made anew as it
    was, as PostgreSQL makes those of a column of another type, is the same: it is the column that refuses other rows.

    Returns:
        All objects after, and by the names of those that were made anew, how their columns are ordered otherwise.
    """
    known = {(item.kind, item.identity) for item in before}
    there = {(item.kind, item.identity) for item in after}
    former = {(item.kind, item.owner, item.name): item.identity for item in before}
    gone = {(item.kind, item.name) for item in before if (item.kind, item.identity) not in there}
    was, now = _columns(before), _columns(after)
    anew = {
        item.name: find_another_order("columns", was[item.name], now[item.name])
        for item in after
        if item.kind in _REMADE and (item.kind, item.identity) not in known and (item.kind, item.name) in gone
    }
    rebuilt = {
        (item.kind, item.owner, item.name): item.attributes
        for item in before
        if item.kind in _BUILT and (item.kind, item.identity) not in there
    }
    recognised = tuple(
        replace(item, identity=former.get((item.kind, item.owner, item.name), item.identity))
        if item.owner in anew
        or (item.kind in _REMADE and item.name in anew)
        or ((item.kind, item.identity) not in known and _is_same(item, rebuilt))
        else item
        for item in after
    )
    return recognised, anew


def _is_same(item: SchemaObject, rebuilt: Mapping[tuple[ObjectKind, str, str], Mapping[str, str]]) -> bool:
    return rebuilt.get((item.kind, item.owner, item.name)) == item.attributes


def _columns(items: tuple[SchemaObject, ...]) -> dict[str, list[str]]:
    """The names of columns in their order, by what they belong to; their identities end with their numbers."""
    columns: dict[str, list[str]] = defaultdict(list)
    parts = (item for item in items if item.kind is ObjectKind.COLUMN)
    for item in sorted(parts, key=lambda item: (len(item.identity), item.identity)):
        columns[item.owner].append(item.name)
    return columns


#: What takes its parts along when it comes or goes.
_CARRIERS = frozenset({ObjectKind.TABLE, ObjectKind.VIEW, ObjectKind.TYPE})

#: What can be made anew under its name in one step, without harm to anybody who does not look.
_REMADE = frozenset({ObjectKind.TABLE, ObjectKind.VIEW, ObjectKind.TYPE})

#: What may be there without being of use yet.
_BUILT = frozenset({ObjectKind.INDEX, ObjectKind.CONSTRAINT})


def _change(
    deed: Deed, before: SchemaObject, after: SchemaObject, text: str, *, takes_rights: bool = False
) -> SchemaChange:
    brought = [name for item in (before, after) for name in item.attributes.get(BRINGS, "").split()]
    names = dict.fromkeys(n for n in (before.owner, before.name, after.owner, after.name, *brought) if n)
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
        acts=tuple((str(command), before.owner or before.name) for command in sorted(find_commands(before, after))),
    )
