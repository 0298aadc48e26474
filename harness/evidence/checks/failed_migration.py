"""Migrations that go through on a database that nobody uses, and fail beside requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.evidence.checks.check import Check
from harness.evidence.locks import begun_again, failed_under_traffic, traffic_of, unsent
from harness.model.cell import ROLLOUT, Actor, Cell, Status
from harness.model.events import MigrationFailed
from harness.model.finding import Finding, Judgement, Weight, judged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.evidence.timeline import Timeline

#: ``deadlock_detected`` (manual, "PostgreSQL Error Codes").
_DEADLOCK = "40P01"
#: "The best defense against deadlocks is generally to avoid them by being certain that all applications using a
#: database acquire locks on multiple objects in a consistent order" (manual, "Deadlocks").
_UNTIE = (
    "it holds a lock on one table and wants one on another, and a request does so the other way round: commit between "
    "the tables (transaction_per_migration=True between migrations), or take all locks first, in the order of the "
    "requests; and let whoever runs it try again"
)
_KEEP_OUT = (
    "what is written between two of its statements, or rows that the old release goes on writing, must not stop it: "
    "take the lock that keeps writers out first, or do it by one statement; and release code that writes what the new "
    "form takes before"
)


def judge(timeline: Timeline, step: str) -> Judgement:
    """Whether the migration went through while clients sent requests, in both looks where there was a second.

    Args:
        timeline: What happened.
        step: Label of the step, or ``rollout`` for all of them by one call.
    """
    ran = traffic_of(timeline, step)
    if ran is None:
        return unsent(timeline, step)
    labels = timeline.plan.labels if step == ROLLOUT else (step,)
    failed_alone = {event.cell for event in timeline.of(MigrationFailed)}
    told = [cell for label in labels if (cell := Cell(label, Actor.OLD_WARM)) in failed_alone]
    if told:
        reason = f"the migration fails where nobody asks for anything, too: see {told[0]}"
        return Judgement(status=Status.SKIPPED, reason=reason)
    failed = failed_under_traffic(timeline, step)
    if failed is None:
        if ran.reason and not ran.clients:
            return Judgement(status=Status.UNTESTED, reason=ran.reason)
        return judged(tuple(_note_deadlocks(timeline, step)))
    finding = Finding(
        headline=f"the migration fails beside requests, though it goes through alone: {failed.error}",
        details=(f"{ran.clients} clients sent {ran.requests} requests meanwhile", *failed.log[-1:]),
        remedy=_UNTIE if failed.sqlstate == _DEADLOCK else _KEEP_OUT,
        sqlstates=(failed.sqlstate,) if failed.sqlstate else (),
    )
    return judged((finding,))


def _note_deadlocks(timeline: Timeline, step: str) -> Iterator[Finding]:
    """Whether there is one depends on the moment, so that it fails nothing."""
    count = begun_again(timeline, step, _DEADLOCK)
    if not count:
        return
    times = "once" if count == 1 else f"{count} times"
    yield Finding(
        headline=f"a deadlock with a request ended the migration {times}; on a database made anew it went through",
        weight=Weight.NOTE,
        remedy=_UNTIE,
        sqlstates=(_DEADLOCK,),
    )


CHECK = Check(
    name="failed-migration",
    title="does each migration go through while requests are served?",
    judge=judge,
    rollout=True,
    of_steps=True,
    old_alone=False,
)
