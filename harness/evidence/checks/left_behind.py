"""What a step leaves behind half done: an index of no use, a constraint that is not believed, a helper for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.evidence.checks.check import Check
from harness.evidence.locks import unseen
from harness.model.events import MigrationFailed, SchemaChanged
from harness.model.finding import Finding, Judgement, Weight, judged
from harness.model.schema import Deed, ObjectKind, SchemaChange
from harness.model.schema_object import ENFORCED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.evidence.timeline import Timeline

_HELPERS = (ObjectKind.TRIGGER, ObjectKind.FUNCTION)


def judge(timeline: Timeline, step: str) -> Judgement:
    """What this step left, and no later step of the release mends or removes; or what it left where it failed.

    Args:
        timeline: What happened.
        step: Label of the step.
    """
    changed = timeline.change(step)
    told = {event.label: event.changes for event in timeline.of(SchemaChanged)}
    at = timeline.plan.labels.index(step)
    earlier, after = (
        [told.get(label, ()) for label in labels]
        for labels in (timeline.plan.labels[:at], timeline.plan.labels[at + 1 :])
    )
    if changed is None:
        left = next((e.left for e in timeline.of(MigrationFailed) if e.cell and e.cell.step == step and e.left), ())
        return judged((*_findings(step, [*earlier, left], []), _stays(step, left))) if left else unseen(timeline, step)
    later = [change for changes in after for change in changes]
    return judged(tuple(_findings(step, [*earlier, changed.changes], later)))


def _findings(step: str, until: list[tuple[SchemaChange, ...]], later: list[SchemaChange]) -> Iterator[Finding]:
    changes = until[-1]
    for change in changes:
        if _lacks(change, ObjectKind.INDEX, "valid") and not _is_mended(change, "valid", later):
            yield Finding(
                headline=f"{step} leaves the index {change.name} INVALID: no query uses it, and it guarantees nothing",
                details=("a CREATE INDEX CONCURRENTLY that failed or gave up, IF NOT EXISTS passes over from then on",),
                remedy="drop it, and build it again without lock_timeout; look at pg_index.indisvalid behind it",
            )
        if _lacks(change, ObjectKind.CONSTRAINT, "validated") and not _is_mended(change, "validated", later):
            yield _unchecked(step, change)
    added = [change for change in changes if change.kind in _HELPERS and change.deed is Deed.ADDED]
    helpers = [change for change in added if not _is_gone(change, later) and not _was_there(change, until)]
    if helpers:
        names = ", ".join(f"{change.kind} {change.name}" for change in helpers)
        yield Finding(
            headline=f"{step} leaves {names} behind, which no step of this release removes",
            weight=Weight.NOTE,
            remedy="where it is there for the transition, remove it in the release that drops the old form",
        )


def _unchecked(step: str, change: SchemaChange) -> Finding:
    """Of a constraint that not every row meets (manual, "ALTER TABLE", NOT VALID, and "CREATE TABLE", NOT ENFORCED)."""
    if ENFORCED in dict(change.state):
        return Finding(
            headline=f"{step} leaves the constraint {change.name} NOT ENFORCED: no row is checked, new ones neither",
            weight=Weight.NOTE,
            remedy="where rows have to meet it, add it anew NOT VALID, and VALIDATE CONSTRAINT in a later step: that "
            "cannot be done to one that is NOT ENFORCED",
        )
    return Finding(
        headline=f"{step} leaves the constraint {change.name} NOT VALID: rows from before are not checked",
        weight=Weight.NOTE,
        remedy="VALIDATE CONSTRAINT in a later step: that reads the table, and nobody waits",
    )


def _stays(step: str, left: tuple[SchemaChange, ...]) -> Finding:
    """What a migration that failed had committed before."""
    return Finding(
        headline=f"{step} fails, and what it committed before that stays: {left[0].text}",
        details=tuple(change.text for change in left[1:]),
        weight=Weight.NOTE,
        remedy="the next run meets it: let each statement that commits by itself bear being made twice",
    )


def _lacks(change: SchemaChange, kind: ObjectKind, attribute: str) -> bool:
    """Whether something came to be of no use in this step."""
    became = f"{attribute} true -> false", f"{ENFORCED} yes -> no"
    is_new = change.deed is Deed.ADDED or (change.deed is Deed.CHANGED and any(text in change.text for text in became))
    return change.kind is kind and is_new and (attribute, "false") in change.state


def _was_there(change: SchemaChange, until: list[tuple[SchemaChange, ...]]) -> bool:
    """Whether the old release has something under that name: the first step heard to touch it found it there."""
    key = change.kind, change.name
    deeds = ({other.deed for other in changes if (other.kind, other.name) == key} for changes in until)
    return next(filter(None, deeds)) != {Deed.ADDED}


def _is_mended(change: SchemaChange, attribute: str, later: list[SchemaChange]) -> bool:
    return _is_gone(change, later) or any(
        (other.kind, other.name) == (change.kind, change.name) and (attribute, "true") in other.state for other in later
    )


def _is_gone(change: SchemaChange, later: list[SchemaChange]) -> bool:
    """Whether it was dropped, or its table."""
    owner = change.name.rpartition(".")[0]
    return any(
        other.deed is Deed.DROPPED
        and (
            (other.kind, other.name) == (change.kind, change.name)
            or (other.kind is ObjectKind.TABLE and other.name == owner)
        )
        for other in later
    )


CHECK = Check(
    name="left-behind", title="is nothing left half done, or for nobody to remove?", judge=judge, old_alone=False
)
