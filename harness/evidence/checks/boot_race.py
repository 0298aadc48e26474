"""New replicas that migrate when they start, beside one another, and do each other harm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.evidence.checks.check import Check
from harness.evidence.differences import say_difference
from harness.model.boots import Booted
from harness.model.cell import Status
from harness.model.finding import Finding, Judgement, judged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.evidence.timeline import Timeline


def judge(timeline: Timeline, step: str) -> Judgement:
    """Whether all of them became ready, on what one migrator alone would have made.

    Args:
        timeline: What happened.
        step: ``rollout``.
    """
    booted = next((event for event in timeline.of(Booted) if not event.cut), None)
    if booted is None:
        return Judgement(status=Status.SKIPPED, reason=timeline.why_unseen(step))
    if not booted.waited:
        return Judgement(status=Status.UNTESTED, reason="no new replica migrated when it was started")
    return judged(tuple(_findings(booted)))


def _findings(booted: Booted) -> Iterator[Finding]:
    count = len(booted.replicas)
    remedy = (
        "take one advisory lock around the whole upgrade, before the version is read: in env.py, inside "
        "context.begin_transaction() and before run_migrations(), context.execute('SELECT pg_advisory_xact_lock(1)'); "
        "or migrate in one job before the replicas start"
    )
    if booted.failed:
        yield Finding(
            headline=f"{len(booted.failed)} of {count} new replicas that started at once did not become ready",
            details=(*(f"{name}: {reason}" for name, reason in booted.failed), *booted.messages),
            remedy=remedy,
            sqlstates=booted.sqlstates,
        )
    if booted.schema and booted.ready:
        yield Finding(
            headline=f"{count} new replicas that started at once left another schema than one alone: "
            f"{say_difference(booted.schema[0])}",
            details=tuple(map(say_difference, booted.schema[1:])),
            remedy=remedy,
        )
    if booted.rows and booted.ready:
        yield Finding(
            headline=f"{count} new replicas that started at once left other rows in {', '.join(booted.rows)} than one "
            "alone: a step was made more than once",
            remedy=remedy,
        )


CHECK = Check(
    name="boot-race",
    title="do new replicas that start at once make each step once?",
    judge=judge,
    each_step=False,
    rollout=True,
    of_steps=True,
    at_boot=True,
    old_alone=False,
)
