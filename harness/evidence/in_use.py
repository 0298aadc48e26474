"""Whether a release that serves while a step runs meets a table, by itself or by what is made of it."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.model.events import Asked, SchemaChanged
from harness.model.named import find_named
from harness.model.observed import Filed, Sent
from harness.model.release import ReleaseName
from harness.model.rollout import When
from harness.model.schema import Deed, ObjectKind
from harness.model.statement import mentions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.evidence.timeline import Timeline

#: What hands a table on to those who do not name it, from the moment at which it is made.
_HANDS_ON = re.compile(r"\b(?:TRIGGER|FUNCTION|PROCEDURE|VIEW|RULE)\b", re.IGNORECASE)


class Use(StrEnum):
    """Who uses a table while a step runs."""

    USED = "used"
    """Somebody does, or it cannot be told."""
    UNSEEN = "unseen"
    """No statement that is known meets it."""
    OWN = "own"
    """The same, and the release that serves cannot know it: an earlier step made it."""


def use_of(timeline: Timeline, step: str, table: str) -> Use:
    """Who uses a table while a step runs.

    A lock stands in the way of whoever meets the table: by its name, through a view, a function, a trigger or the table
    that it is a part of, or by a foreign key, for which rows are looked up at one end where some are written at the
    other (manual, 5.5.5 "Foreign Keys").

    Args:
        timeline: What happened.
        step: Label of the step.
        table: Its name, with its schema unless that is ``public``.
    """
    when = _when(timeline, step)
    served = _sent_meanwhile(timeline, when)
    change = timeline.change(step)
    changes = change.changes if change is not None else ()
    about = [one for one in changes if one.touched_by and table in (one.owners or one.names)]
    if change is None or not about or not served:
        return Use.USED
    if any(_HANDS_ON.search(text) and mentions(text, _bare(table)) for text in change.statements):
        return Use.USED  # others may meet it by then: a migration may commit in between
    names = {table, *(name for one in about for name in one.touched_by)}
    ends = {name for one in about for name in one.near}
    named = [find_named(text) for text in served]
    if any(_meets(names, one.met) or _meets(ends, one.stored | one.removed) for one in named):
        return Use.USED
    return Use.OWN if when is When.BEFORE and table in _made_before(timeline, step) else Use.UNSEEN


def say_unseen(table: str) -> str:
    """Why it is a note: that nobody was seen does not say that there is nobody."""
    return f"no statement of a release that serves meanwhile meets {table} here: one that does in production waits"


def _when(timeline: Timeline, step: str) -> When | None:
    """On which side of the code a step is run; None where nobody serves meanwhile, or nobody said."""
    asked = next(timeline.of(Asked), None)
    return asked.schedule.of(step) if asked is not None and not asked.schedule.apart else None


def _sent_meanwhile(timeline: Timeline, when: When | None) -> tuple[str, ...]:
    """The statements of all who may serve during a step; none where those of one of them are not known."""
    absent = {When.BEFORE: ReleaseName.NEW, When.AFTER: ReleaseName.OLD}.get(when) if when is not None else None
    sent: dict[str, list[str]] = {str(name): [] for name in ReleaseName if name is not absent}
    for event in timeline.of(Sent):
        if event.release != absent:
            sent.setdefault(event.release, []).extend(event.statements)
    if not all(sent.values()):
        return ()
    filed = [text for event in timeline.of(Filed) for text in event.statements]
    return (*(text for texts in sent.values() for text in texts), *filed)


def _made_before(timeline: Timeline, step: str) -> set[str]:
    """Tables that steps before one added."""
    labels = timeline.plan.labels
    earlier = labels[: labels.index(step)] if step in labels else ()
    return {
        one.name
        for event in timeline.of(SchemaChanged)
        if event.label in earlier
        for one in event.changes
        if one.deed is Deed.ADDED and one.kind is ObjectKind.TABLE
    }


def _meets(names: Iterable[str], named: frozenset[str]) -> bool:
    return any(_bare(name) in named for name in names)


def _bare(name: str) -> str:
    return name.rpartition(".")[2]
