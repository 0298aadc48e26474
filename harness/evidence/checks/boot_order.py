"""What new replicas answer while they migrate, and once their migration failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.evidence.checks.check import Check
from harness.evidence.differences import say_difference
from harness.model.boots import Booted
from harness.model.cell import Status
from harness.model.events import Migrated
from harness.model.finding import Finding, Judgement, Weight, judged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.evidence.timeline import Timeline

_ANSWER = "answer liveness before the migration begins: a replica that is killed in its migration begins it again"
#: What else helps where there is no startup probe, and where there is one that succeeds too early.
_OR_WAIT = "; or say startup = under [release] (a startupProbe), with enough time for the longest one"
_ASK_THE_SAME = "; the startup probe succeeds before it is over, so let that one ask what liveness asks"

#: Kubernetes' defaults for a probe, ``failureThreshold`` 3 and ``periodSeconds`` 10: nobody chose them with a
#: migration in mind.
_DEFAULT_S = 30.0


def judge(timeline: Timeline, step: str) -> Judgement:
    """Liveness answers first, readiness comes last, and not at all where the migration failed.

    Nobody asks liveness before the startup probe succeeded, and no probe of a container before its init containers are
    over. A probe that is more patient than by default, and than the migrations take, kills nobody. Source: Kubernetes,
    "Pod Lifecycle", "Container probes", and "Init Containers"; "Configure Liveness, Readiness and Startup Probes".

    Args:
        timeline: What happened.
        step: ``rollout``.
    """
    booted = tuple(timeline.of(Booted))
    if not booted:
        return Judgement(status=Status.SKIPPED, reason=timeline.why_unseen(step))
    if not any(event.asked for event in booted):  # that they migrate at all the rollout asks
        return Judgement(status=Status.UNTESTED, reason="no new replica migrated when it was started")
    took_s = _migrations_took(timeline)
    return judged(tuple(finding for event in booted for finding in (*_meanwhile(event, took_s), *_cut_off(event))))


def _migrations_took(timeline: Timeline) -> float:
    """Seconds that all steps took one after the other, each where it took longest."""
    longest: dict[str, float] = {}
    for event in timeline.of(Migrated):
        longest[event.revision] = max(event.duration_s, longest.get(event.revision, 0.0))
    return sum(longest.values())


def _meanwhile(booted: Booted, took_s: float) -> Iterator[Finding]:
    """What was answered while the migration could not end; asked once is enough."""
    served = [asked for asked in booted.asked if not asked.apart]
    if booted.cut or not served:
        return
    early = [asked.replica for asked in served if asked.ready]
    if early:
        yield Finding(
            headline=f"{', '.join(early)} said to be ready before the steps were made",
            remedy="answer readiness with 503 until the migrations of this very start are over",
        )
    dead = [asked for asked in served if asked.live and not asked.startup]
    live_s = booted.live_s or 0.0
    if dead and live_s > _DEFAULT_S and took_s < live_s:
        yield _spared("liveness", live_s, took_s)
    elif dead:
        yield Finding(
            headline=f"{', '.join(asked.replica for asked in dead)} did not answer liveness while the migration ran",
            details=tuple(f"{asked.replica}: the probe {asked.live}" for asked in dead),
            remedy=_ANSWER + (_OR_WAIT if dead[0].startup is None else _ASK_THE_SAME),
        )
    elif any(asked.startup for asked in served):  # which liveness has to wait for, and which kills as well
        yield _within(booted, took_s)
    elif not booted.has_liveness:
        yield Finding(
            headline="nobody was asked for liveness while the migration ran: there is no live = under [release]",
            weight=Weight.NOTE,
        )


def _within(booted: Booted, took_s: float) -> Finding:
    """Whether the migration ends before the startup probe has failed, as far as it can be told here."""
    patience_s = booted.startup_s or 0.0
    if took_s < patience_s:
        return _spared("the startup probe", patience_s, took_s)
    return Finding(
        headline=f"the startup probe is not answered while the migration runs, and has failed after {patience_s:g} s",
        details=(_say_took(took_s),),
        remedy="give startup more time than the longest migration takes (initial_delay_s + failure_threshold x "
        "period_s): a replica that is killed in its migration begins it again",
    )


def _spared(probe: str, patience_s: float, took_s: float) -> Finding:
    """A probe is not answered, and has patience for that."""
    return Finding(
        headline=f"{probe} is not answered while the migration runs: one that takes longer than its "
        f"{patience_s:g} s is killed",
        details=(f"{_say_took(took_s)}, and may take longer where tables are larger",),
        weight=Weight.NOTE,
    )


def _say_took(took_s: float) -> str:
    return f"the migrations took {took_s:.1f} s here"


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
