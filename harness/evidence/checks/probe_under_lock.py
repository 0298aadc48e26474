"""Probes that wait for a table, so that a migration that locks it takes every replica away at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.evidence.checks.check import Check
from harness.evidence.locks import unsent
from harness.model.cell import Status
from harness.model.events import SchemaChanged
from harness.model.finding import Finding, Judgement, Weight, judged
from harness.model.probed import Probed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.evidence.timeline import Timeline
    from harness.model.probed import Answer


def judge(timeline: Timeline, step: str) -> Judgement:
    """Whether each probe answered while all tables were locked.

    Args:
        timeline: What happened.
        step: ``rollout``.
    """
    probed = next(timeline.of(Probed), None)
    if probed is None:
        return unsent(timeline, step)
    if probed.reason:
        return Judgement(status=Status.UNTESTED, reason=probed.reason)
    return judged(tuple(finding for answer in probed.answers for finding in _findings(timeline, answer)))


def _findings(timeline: Timeline, answer: Answer) -> Iterator[Finding]:
    if not answer.problem:
        return
    tables = ", ".join(answer.waited_for) or "a table"
    guilty = [
        event.label
        for event in timeline.of(SchemaChanged)
        if any(table in change.names or table == change.name for change in event.changes for table in answer.waited_for)
        or any(change.name.startswith(f"{table}.") for change in event.changes for table in answer.waited_for)
    ]
    lives = answer.kind == "liveness"
    yield Finding(
        headline=f"{answer.kind} {answer.problem} while {tables} was locked: every replica is "
        f"{'killed' if lives else 'taken out of the load balancer'} at once"
        + (f", and {', '.join(guilty)} locks it" if guilty else ""),
        weight=Weight.FAIL if lives and (guilty or not answer.waited_for) else Weight.NOTE,
        details=(f"{answer.asked}, with the probe's own timeout",),
        remedy="let liveness say that the process works, without the database; and readiness ask no table"
        if lives
        else "let readiness ask whether the database answers (SELECT 1), no table",
    )


CHECK = Check(
    name="probe-under-lock",
    title="do probes answer while a migration locks tables?",
    judge=judge,
    each_step=False,
    rollout=True,
    old_alone=False,
)
