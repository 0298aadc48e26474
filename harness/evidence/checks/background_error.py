"""What PostgreSQL refuses a release outside of every request: its loops, schedulers and deferred writes."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from harness.evidence.causes import find_cause
from harness.evidence.checks.check import Check
from harness.evidence.former import Former
from harness.evidence.outcome import OLD_HALF, error_signature
from harness.evidence.tightened import changes_until, is_another_row, may_refuse_more
from harness.evidence.usual import name_refusal
from harness.model.cell import BASE, ROLLOUT, ROLLOUT_ACTORS, Actor, Cell, Status
from harness.model.finding import Finding, Judgement, judged
from harness.model.observed import Background, SqlError
from harness.model.statement import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.evidence.timeline import Timeline
    from harness.model.schema import SchemaChange

#: Class 40, "Transaction Rollback": two transactions met, as they may on every schema, and one is to try again (manual,
#: 13.5 "Serialization Failure Handling").
_TRY_AGAIN = "40"
#: ``lock_not_available``: a lock that somebody held, and gave back where the loop made up for it.
_LOCKED = "55P03"


def judge(timeline: Timeline, step: str) -> Judgement:
    """What the old release's background work was refused from this step on, or that of both in the rollout.

    What it suffers before any step, or in the control runs, is no step's doing. Other rows that are refused by what a
    step changed are.

    Args:
        timeline: What happened.
        step: Label of the step, or ``rollout``.
    """
    if timeline.reduced:
        return Judgement(status=Status.SKIPPED, reason=timeline.reduced[0])
    labels = timeline.plan.labels
    before = labels if step == ROLLOUT else labels[: labels.index(step)]
    actors = ROLLOUT_ACTORS if step == ROLLOUT else OLD_HALF
    known: dict[str, list[SqlError]] = defaultdict(list)
    for error in _usual(timeline, before):
        for name in {error_signature(error), name_refusal(error)}:
            known[name].append(error)
    changes = changes_until(timeline.events, labels, step)
    former = Former.of(changes)
    fresh: dict[str, list[SqlError]] = {}
    for error in _refused(timeline, step, actors):
        usual = known.get(error_signature(error)) or known.get(former.name(error), [])
        if not usual or (may_refuse_more(changes, error) and is_another_row(changes, usual, error)):
            fresh.setdefault(error_signature(error), []).append(error)
    where = Cell(ROLLOUT, Actor.NEW_CONTROL) if step == ROLLOUT else Cell(step, Actor.OLD_WARM)
    waited = any(event.cell == where and event.waited_s for event in timeline.of(Background))
    if not fresh and not waited:
        if any(event.waited_s for event in timeline.of(Background)):
            return Judgement(status=Status.SKIPPED, reason=timeline.why_unseen(step))
        reason = "the old release is never left alone: background_s under [journeys] is 0"
        return Judgement(status=Status.UNTESTED, reason=reason)
    changed = timeline.change(step)
    own = changed.changes if changed is not None else ()
    return judged(tuple(_finding(step, errors, own) for errors in fresh.values()))


def _usual(timeline: Timeline, before: Sequence[str]) -> Iterator[SqlError]:
    """What is no doing of a step: refused before it, or to the new release in its own control run."""
    yield from _refused(timeline, BASE, (Actor.CONTROL, *OLD_HALF))
    yield from _refused(timeline, ROLLOUT, (Actor.NEW_CONTROL,))
    for label in before:
        yield from _refused(timeline, label, OLD_HALF)


def _refused(timeline: Timeline, step: str, actors: tuple[Actor, ...]) -> Iterator[SqlError]:
    for event in timeline.of(Background):
        if event.cell.step == step and event.cell.actor in actors:
            yield from (error for error in event.errors if not _is_passing(error))


def _is_passing(error: SqlError) -> bool:
    """Whether it came of who was there at the same time, whatever the schema."""
    return error.sqlstate.startswith(_TRY_AGAIN) or (error.sqlstate == _LOCKED and error.retried is True)


def _finding(step: str, errors: list[SqlError], changes: tuple[SchemaChange, ...]) -> Finding:
    first = errors[0]
    cause = find_cause(first, changes)
    statements: dict[str, str] = {}  # a loop sends the same one with other values again and again
    for error in errors:
        if error.statement:
            statements.setdefault(fingerprint(error.statement), error.statement)
    return Finding(
        headline=f"without any request, {first.replica} was refused: {first.sqlstate} {first.message}"
        + (f"; {step} {cause.text}" if cause else ""),
        details=tuple(statements.values()),
        remedy=cause.remedy if cause else "",
        sqlstates=(first.sqlstate,),
    )


CHECK = Check(
    name="background-error",
    title="does the old release's background work go on?",
    judge=judge,
    rollout=True,
    breaks_old=True,
)
