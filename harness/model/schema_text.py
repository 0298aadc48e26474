"""What is otherwise about an object of a schema, in words."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.model.schema_object import (
    BOUNDS,
    BRINGS,
    ENFORCED,
    LABELS,
    PARTS,
    RIGHTS,
    STORAGE,
    ObjectKind,
    SchemaObject,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What is told of an object that is in other files, and the same otherwise.
REWRITTEN = "rewritten"


def _rights(item: SchemaObject) -> dict[str, set[str]]:
    pairs = (part.rpartition(": ") for part in item.attributes.get(RIGHTS, "").split("; ") if part)
    return {role: set(rights.split(", ")) for role, _, rights in pairs}


def lost_rights(before: SchemaObject, after: SchemaObject) -> str:
    """Who may do less now, in words; the empty string where nobody does."""
    had, has = _rights(before), _rights(after)
    lost = {role: sorted(rights - has.get(role, set())) for role, rights in had.items()}
    return ", ".join(f"{role} lost {', '.join(rights)}" for role, rights in lost.items() if rights)


def find_lost_rights(before: SchemaObject, after: SchemaObject) -> frozenset[str]:
    """Which rights somebody has no more."""
    had, has = _rights(before), _rights(after)
    return frozenset(right for role, rights in had.items() for right in rights - has.get(role, set()))


def describe_added(item: SchemaObject) -> str:
    """That an object is there now, and what it is like where that is short enough."""
    attributes = sorted(item.attributes.items(), key=lambda pair: pair[0] not in _PLAIN)
    details = ", ".join(
        " ".join((value if name in _PLAIN else f"{name} {value}").split()) for name, value in attributes
    )
    return f"added {item.kind} {item.full_name}" + (f" ({details})" if details and item.kind in _TOLD else "")


def describe_former(before: SchemaObject | None, after: SchemaObject) -> str:
    """How what had the name of an index or a constraint until then was defined otherwise, if it was."""
    was, now = (" ".join(item.attributes.get("definition", "").split()) if item else "" for item in (before, after))
    return f" instead of {was}" if was and was != now else ""


#: Attributes whose value speaks for itself.
_PLAIN = frozenset({"type", "null", "definition"})
#: What the catalog leaves out because it is so unless a statement says otherwise.
_UNSAID = {
    ENFORCED: "yes",
    "for": "everybody",
    "kind": "permissive",
    "populated": "yes",
    "security": "invoker",
    "strict": "no",
    "volatility": "volatile",
}
#: What is told otherwise: as objects of their own, say.
_UNTOLD = frozenset({BOUNDS, BRINGS, PARTS})
#: Kinds whose attributes are short enough to be told with them.
_TOLD = frozenset(
    {
        ObjectKind.COLUMN,
        ObjectKind.CONSTRAINT,
        ObjectKind.INDEX,
        ObjectKind.TRIGGER,
        ObjectKind.POLICY,
        ObjectKind.RULE,
        ObjectKind.SETTINGS,
    }
)


def only_grants(one: SchemaObject, other: SchemaObject) -> bool:
    """Whether somebody may do more with an object, and nothing else is otherwise about it."""
    names = one.attributes.keys() | other.attributes.keys()
    unlike = {name for name in names if one.attributes.get(name) != other.attributes.get(name)}
    return one.full_name == other.full_name and unlike == {RIGHTS} and not lost_rights(one, other)


def find_differences(one: SchemaObject, other: SchemaObject) -> str:
    """What is otherwise about an object, in words; the empty string for nothing."""
    told: list[str] = []
    for name in dict.fromkeys([*one.attributes, *other.attributes]):
        was, now = (" ".join(item.attributes.get(name, _UNSAID.get(name, "none")).split()) for item in (one, other))
        if name == "definition" and one.owner != other.owner:  # its table was renamed, and every definition names it
            was = was.replace(one.owner, other.owner)
        if was == now or name in _UNTOLD or (name, now) == ("populated", "yes"):  # rows, as others come and go
            continue
        if name == LABELS:
            labels = (item.attributes.get(LABELS, "").splitlines() for item in (one, other))
            told.extend(filter(None, [find_another_order(LABELS, *labels)]))
        elif name == RIGHTS:
            told.extend(filter(None, [lost_rights(one, other), lost_rights(other, one).replace(" lost ", " got ")]))
        elif name == STORAGE:
            told.append(REWRITTEN)
        elif len(was) + len(now) > _LONGEST:
            told.append(f"another {name}")
        else:
            told.append(f"{was} -> {now}" if name in _PLAIN else f"{name} {was} -> {now}")
    return ", ".join(told)


def find_renamed_types(
    old: Mapping[tuple[ObjectKind, str], SchemaObject], new: Mapping[tuple[ObjectKind, str], SchemaObject]
) -> dict[str, str]:
    """What types are called now that have another name than before.

    Args:
        old: Objects before, by what stays when they are renamed.
        new: Objects behind.
    """
    pairs = ((one, new.get(key)) for key, one in old.items() if key[0] is ObjectKind.TYPE)
    return {one.name: other.name for one, other in pairs if other is not None and other.name != one.name}


def call_types(item: SchemaObject, types: Mapping[str, str]) -> SchemaObject:
    """An object as it would be told if types had been called so before: that those of it were renamed is no other one.

    Args:
        item: It.
        types: New names of types by old ones.
    """
    if not types:
        return item
    names = "|".join(sorted(map(re.escape, types), key=len, reverse=True))
    cast, whole = re.compile(rf"(?<=::)({names})(?![\w.$])"), re.compile(rf"({names})(?=(?:\[\])?$)")

    def told(name: str, value: str) -> str:
        if name in _OF_TYPE:
            return whole.sub(lambda match: types[match[1]], value) if whole.match(value) else value
        return cast.sub(lambda match: types[match[1]], value)

    return replace(item, attributes={name: told(name, value) for name, value in item.attributes.items()})


#: Attributes that are a type's name.
_OF_TYPE = frozenset({"type", "base"})


def find_another_order(what: str, was: list[str], now: list[str]) -> str:
    """In which order those that stay are now, in words; the empty string where that is the one that they had."""
    stay, stays = [name for name in was if name in now], [name for name in now if name in was]
    return "" if stay == stays else f"order of {what} {', '.join(stay)} -> {', '.join(stays)}"


#: A longer difference (a function's body, a view's query) is not quoted.
_LONGEST = 160
