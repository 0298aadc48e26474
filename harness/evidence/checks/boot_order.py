"""What new replicas answer while they migrate, and once their migration failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.evidence.checks.check import Check
from harness.evidence.differences import say_difference
from harness.model.boots import Booted
from harness.model.cell import Status
from harness.model.finding import Finding, Judgement, Weight, judged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.evidence.timeline import Timeline


def judge(timeline: Timeline, step: str) -> Judgement:
    """Liveness answers first, readiness comes last, and not at all where the migration failed.

    Args:
        timeline: What happened.
        step: ``rollout``.
    """
    booted = tuple(timeline.of(Booted))
    if not booted:
        return Judgement(status=Status.SKIPPED, reason=timeline.why_unseen(step))
    if not any(event.asked for event in booted):  # that they migrate at all the rollout asks
        return Judgement(status=Status.UNTESTED, reason="no new replica migrated when it was started")
    return judged(tuple(finding for event in booted for finding in (*_meanwhile(event), *_cut_off(event))))


def _meanwhile(booted: Booted) -> Iterator[Finding]:
    """What was answered while the migration could not end; asked once is enough."""
    if booted.cut:
        return
    early = [asked.replica for asked in booted.asked if asked.ready]
    if early:
        yield Finding(
            headline=f"{', '.join(early)} said to be ready before the steps were made",
            remedy="answer readiness with 503 until the migrations of this very start are over",
        )
    dead = [asked for asked in booted.asked if asked.live]
    if dead:
        yield Finding(
            headline=f"{', '.join(asked.replica for asked in dead)} did not answer liveness while the migration ran",
            details=tuple(f"{asked.replica}: the probe {asked.live}" for asked in dead),
            remedy="answer liveness before the migration begins, or give the startupProbe enough time for the longest "
            "one: a replica that is killed in its migration begins it again",
        )
    elif not booted.has_liveness:
        yield Finding(
            headline="nobody was asked for liveness while the migration ran: there is no live = under [release]",
            weight=Weight.NOTE,
        )


def _cut_off(booted: Booted) -> Iterator[Finding]:
    """A replica whose migration was cut off may try again, or die; it must not serve on half a schema."""
    if booted.cut and booted.waited and booted.ready and (booted.complete is False or booted.schema or booted.rows):
        missing = f": {say_difference(booted.schema[0])}" if booted.schema else ""
        if booted.rows and not booted.schema:
            missing = f", and left other rows in {', '.join(booted.rows)} than one that nobody cut off"
        yield Finding(
            headline=f"{', '.join(booted.ready)} became ready though its migration had failed{missing}",
            details=booted.messages,
            remedy="let a failed migration end the process, or stay unready: the old release serves on meanwhile",
            sqlstates=booted.sqlstates,
        )


CHECK = Check(
    name="boot-order",
    title="does liveness come first, and readiness last, where replicas migrate at boot?",
    judge=judge,
    each_step=False,
    rollout=True,
    of_steps=True,
    at_boot=True,
    old_alone=False,
)
