"""Statements of the old release that PostgreSQL does not plan any more, whether a journey sends them or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.evidence.causes import find_cause
from harness.evidence.checks.check import Check
from harness.evidence.outcome import OLD_HALF, error_signature
from harness.model.cell import Cell, Status
from harness.model.events import Attempted, ReplicaFailed
from harness.model.finding import Finding, Judgement, judged
from harness.model.observed import Background, SqlError, StatementsPlanned, Unplannable
from harness.model.statement import fingerprint

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
    groups: dict[str, list[Unplannable]] = {}
    for refused in here.refused:
        reason = _reason(_error(refused), changes)
        is_told = reason in shown or fingerprint(refused.statement) in made_up_for
        if _key(refused) not in inherited and not is_told:
            groups.setdefault(reason, []).append(refused)
    return judged(tuple(_finding(step, group, changes) for group in groups.values()))


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


def _source(refused: Unplannable) -> str:
    return "sent by the old release on its own schema" if refused.sent else "from the file of statements"


CHECK = Check(
    name="unplannable-statement",
    title="does every statement that the old release sent still plan?",
    judge=judge,
    breaks_old=True,
)
