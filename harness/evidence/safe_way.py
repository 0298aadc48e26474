"""The safe way to make a change, step by step: what a release manager can turn into tickets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from harness.model.schema import Deed, ObjectKind

if TYPE_CHECKING:
    from harness.model.schema import SchemaChange

_EVERYTHING = frozenset(ObjectKind)

#: By what is done to what kind of object; the first that fits counts. The order of steps is that of promise 6 in the
#: README: expand first, contract after.
_WAYS: tuple[tuple[Deed, frozenset[ObjectKind], tuple[str, ...]], ...] = (
    (
        Deed.DROPPED,
        _EVERYTHING,
        (
            "Release code that neither reads nor writes {thing}, and leave the schema as it is.",
            "Wait until no old replica is left, and until nobody means to roll back to one.",
            "Drop {thing} in the release after.",
        ),
    ),
    (
        Deed.RENAMED,
        frozenset({ObjectKind.TABLE}),
        (
            "Rename {thing}, and leave a view of the old name in its place, in one transaction.",
            "Release the code that uses the new name.",
            "Drop the view in the release after, once no old replica is left.",
        ),
    ),
    (
        Deed.RENAMED,
        frozenset({ObjectKind.TYPE}),
        (
            "Make a type of the new name, and leave {thing} as it is.",
            "Add a column of the new type beside each one of the old, and keep both in step with a trigger.",
            "Release the code that uses the new columns.",
            "Drop the old columns and the old type in the release after, once no old replica is left.",
        ),
    ),
    (
        Deed.RENAMED,
        frozenset({ObjectKind.LABEL}),
        (
            "Add the new value, and leave {thing} as it is.",
            "Release code that reads both; then code that writes the new one.",
            "Change the rows in batches. The old value may stay: PostgreSQL cannot drop one.",
        ),
    ),
    (
        Deed.RENAMED,
        frozenset({ObjectKind.VIEW, ObjectKind.FUNCTION, ObjectKind.SEARCH}),
        (
            "Add one of the new name beside {thing}.",
            "Release the code that uses the new name.",
            "Drop the old one in the release after, once no old replica is left.",
        ),
    ),
    (
        Deed.RENAMED,
        frozenset({ObjectKind.COLUMN}),
        (
            "Add the new name beside {thing}, and keep both in step with a trigger that works both ways.",
            "Copy what is there already, in batches.",
            "Release the code that uses the new name.",
            "Drop the trigger and the old name in the release after, once no old replica is left.",
        ),
    ),
    (
        Deed.ADDED,
        frozenset({ObjectKind.COLUMN}),
        (
            "Add {thing} nullable, or with a default, so that code that does not know it can still write.",
            "Release the code that writes it.",
            "Fill it where it is empty, in batches.",
            "Tighten it (NOT NULL, a constraint) in the release after, once no old replica is left.",
        ),
    ),
    (
        Deed.ADDED,
        frozenset({ObjectKind.CONSTRAINT, ObjectKind.INDEX, ObjectKind.TRIGGER, ObjectKind.POLICY, ObjectKind.RULE}),
        (
            "Release code that meets {thing} already.",
            "Correct the rows that do not meet it, once no old replica writes more of them.",
            "Add {thing} in the release after: a constraint NOT VALID first, an index CONCURRENTLY.",
        ),
    ),
    (
        Deed.CHANGED,
        frozenset({ObjectKind.COLUMN}),
        (
            "Add a column of the new form beside {thing}, and keep both in step with a trigger.",
            "Copy what is there already, in batches.",
            "Release the code that uses the new column.",
            "Drop the old column in the release after, once no old replica is left.",
        ),
    ),
)


class Tightened(NamedTuple):
    """What to do about a column of which one thing alone is otherwise, and no value of it.

    Args:
        text: How the change's text ends.
        remedy: In one sentence.
        way: Step by step.
    """

    text: re.Pattern[str]
    remedy: str
    way: tuple[str, ...]


_TIGHTENED = (
    Tightened(
        text=re.compile(r": nullable -> NOT NULL$"),
        remedy="release code that always writes {thing}, fill the rows that have none, and set NOT NULL in the release "
        "after, once no old replica is left",
        way=(
            "Release code that always writes {thing}, and leave it nullable.",
            "Once no old replica is left, fill it where it is empty, in batches.",
            "Add CHECK ({column} IS NOT NULL) NOT VALID, and VALIDATE it: nobody waits meanwhile.",
            "SET NOT NULL in the release after, which need not read the table then, and drop the CHECK.",
        ),
    ),
    Tightened(
        text=re.compile(r": default (?:(?! -> ).)+ -> none$"),
        remedy="release code that writes {thing} itself, and drop the default in the release after, once no old "
        "replica is left",
        way=(
            "Release code that writes {thing} in every INSERT, and leave the default.",
            "Wait until no old replica is left, and until nobody means to roll back to one.",
            "Drop the default in the release after.",
        ),
    ),
)


def find_tightened(change: SchemaChange) -> Tightened | None:
    """What fits a column that must not be null from now on, or has no default any more, where that is all of it."""
    if change.deed is not Deed.CHANGED or change.kind is not ObjectKind.COLUMN:
        return None
    return next((one for one in _TIGHTENED if one.text.search(change.text)), None)


def plan_safe_way(change: SchemaChange) -> tuple[str, ...]:
    """The steps in which a change is made safely; nothing where one sentence tells it all.

    Args:
        change: What a step did at once.
    """
    thing = f"{change.kind} {change.name}"
    tightened = find_tightened(change)
    if tightened is not None:
        column = change.name.rpartition(".")[2]
        return tuple(step.format(thing=thing, column=column) for step in tightened.way)
    for deed, kinds, steps in _WAYS:
        if deed is change.deed and change.kind in kinds:
            return tuple(step.format(thing=thing) for step in steps)
    return ()
