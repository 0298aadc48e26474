"""Statements of the old release that PostgreSQL does not plan any more, whether a journey sends them or not."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from harness.evidence.causes import find_cause
from harness.evidence.checks.check import Check
from harness.evidence.outcome import OLD_HALF, error_signature
from harness.model.cell import BASE, Cell, Status
from harness.model.events import Attempted, ReplicaFailed
from harness.model.finding import Finding, Judgement, Weight, judged
from harness.model.named import find_named
from harness.model.observed import Background, Sent, SqlError, StatementsPlanned, Unplannable
from harness.model.release import ReleaseName
from harness.model.statement import fingerprint, target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.evidence.timeline import Timeline
    from harness.model.schema import SchemaChange

#: Of the statements that fail for one reason, so many are shown.
_MOST_SHOWN = 3


def judge(timeline: Timeline, step: str) -> Judgement:
    """Statements that this step broke, and that no journey showed to be broken already.

    Args:
        timeline: What happened.
        step: Label of the step.
    """
    planned = {event.label: event for event in timeline.of(StatementsPlanned)}
    here = planned.get(step)
    if here is None:
        return Judgement(status=Status.SKIPPED, reason=timeline.why_unseen(step))
    if not here.sent + here.filed:
        return Judgement(status=Status.UNTESTED, reason="no statement of the old release is known that can be planned")
    changed = timeline.change(step)
    changes = changed.changes if changed is not None else ()
    before = timeline.plan.labels[: timeline.plan.labels.index(step)]
    inherited = {_key(refused) for label in before if label in planned for refused in planned[label].refused}
    shown = {_reason(error, changes) for error in _shown(timeline, step)}
    made_up_for = {fingerprint(error.statement) for error in _refused(timeline, step) if error.retried}
    replaced = _replaced(timeline, step)
    groups: dict[str, list[Unplannable]] = {}
    left_off: list[Unplannable] = []
    for refused in here.refused:
        reason = _reason(_error(refused), changes)
        is_told = reason in shown or fingerprint(refused.statement) in made_up_for
        if _key(refused) in inherited or is_told:
            continue
        if fingerprint(refused.statement) in replaced:
            left_off.append(refused)
        else:
            groups.setdefault(reason, []).append(refused)
    findings = [_finding(step, group, changes) for group in groups.values()]
    return judged((*findings, *map(_note, left_off)))


def _shown(timeline: Timeline, step: str) -> Iterator[SqlError]:
    """What made a journey, a start or background work fail at this step: it is told there, whatever else it breaks.

    What the application made up for made nothing fail, and says nothing of other statements.
    """
    for actor in OLD_HALF:
        for outcome in timeline.of_cell(Cell(step, actor)):
            for evidence in outcome.evidence:
                if isinstance(evidence, (Attempted, ReplicaFailed)):
                    yield from (error for error in evidence.sql if not error.retried)
    for background in timeline.of(Background):
        if background.cell.step == step and background.cell.actor in OLD_HALF:
            yield from background.errors


def _refused(timeline: Timeline, step: str) -> Iterator[SqlError]:
    """All that the old release was refused at this step during journeys, whether they failed or not."""
    for event in timeline.of(Attempted):
        if event.cell.step == step and event.cell.actor in OLD_HALF:
            yield from event.sql


def _replaced(timeline: Timeline, step: str) -> frozenset[str]:
    """Fingerprints of statements in whose stead the same journeys send others from this step on, and pass.

    An application may look at the schema, and send what fits it. It has to be seen to: a statement that is merely
    missing may be one that is sent once, for a row that is there by now. Behind a step it is not always looked at who
    sends one for the first time.
    """
    labels = timeline.plan.labels
    before, later = {BASE, *labels[: labels.index(step)]}, labels[labels.index(step) + 1 :]
    senders: dict[str, dict[str, str]] = defaultdict(dict)
    instead: dict[str, set[object]] = defaultdict(set)
    for event in timeline.of(Sent):
        if event.release != ReleaseName.OLD:
            continue
        for statement in event.statements:
            if event.cell.step in before:
                senders[fingerprint(statement)].setdefault(event.journey, statement)
            elif event.cell.step not in later:  # what the rollout shows first is not told again at the step
                instead[event.journey].add(_does(statement))
    sent_here = {fingerprint(error.statement) for error in _refused(timeline, step)}
    passing = {journey for journey in timeline.plan.journeys if _passes(timeline, step, journey)}
    return frozenset(
        key
        for key, by in senders.items()
        if key not in sent_here
        and all(one in passing and _does(statement) in instead[one] | instead[""] for one, statement in by.items())
    )


def _passes(timeline: Timeline, step: str, journey: str) -> bool:
    """Whether a journey goes well with replicas from before the step and with those that are started behind it."""
    found = [timeline.outcomes.get((Cell(step, actor), journey)) for actor in OLD_HALF]
    return all(outcome is not None and outcome.status is Status.PASS and outcome.meets for outcome in found)


def _does(statement: str) -> object:
    """What one statement that is sent in another's stead has in common with it: what it does to which table."""
    return target(statement).lower() or find_named(statement).met


def _reason(error: SqlError, changes: tuple[SchemaChange, ...]) -> str:
    """The change that explains an error; else what PostgreSQL says."""
    cause = find_cause(error, changes)
    return cause.text if cause is not None else error_signature(error)


def _key(refused: Unplannable) -> tuple[str, str]:
    return refused.statement, refused.sqlstate


def _error(refused: Unplannable) -> SqlError:
    return SqlError(replica="", sqlstate=refused.sqlstate, message=refused.message, statement=refused.statement)


def _finding(step: str, group: list[Unplannable], changes: tuple[SchemaChange, ...]) -> Finding:
    first, count = group[0], len(group)
    cause = find_cause(_error(first), changes)
    what = "a statement of the old release no longer plans"
    if count > 1:
        what = f"{count} statements of the old release no longer plan"
    details = [f"{_source(refused)}: {refused.statement}" for refused in group[:_MOST_SHOWN]]
    if count > _MOST_SHOWN:
        details.append(f"and {count - _MOST_SHOWN} more")
    return Finding(
        headline=f"{what}: {first.sqlstate} {first.message}" + (f"; {step} {cause.text}" if cause else ""),
        details=tuple(details),
        remedy=cause.remedy if cause else "",
        sqlstates=tuple(dict.fromkeys(refused.sqlstate for refused in group)),
    )


def _note(refused: Unplannable) -> Finding:
    return Finding(
        headline="the old release sends another statement where the schema is another one, in place of one that no "
        f"longer plans: {refused.sqlstate} {refused.message}",
        weight=Weight.NOTE,
        details=(f"{_source(refused)}: {refused.statement}",),
        sqlstates=(refused.sqlstate,),
    )


def _source(refused: Unplannable) -> str:
    return "sent by the old release on its own schema" if refused.sent else "from the file of statements"


CHECK = Check(
    name="unplannable-statement",
    title="does every statement that the old release sent still plan?",
    judge=judge,
    breaks_old=True,
)
