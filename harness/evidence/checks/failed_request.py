"""Requests that fail while a migration runs, though the release lives with the schema before it and behind it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.evidence.checks.check import Check
from harness.evidence.failures import broken_in, elsewhere, group_failures, say_failure, signature
from harness.evidence.locks import traffic_of, unsent
from harness.model.cell import ROLLOUT, Actor, Cell, Status
from harness.model.events import Asked, MigrationFailed
from harness.model.exchange import Met
from harness.model.finding import Finding, Judgement, Weight, judged
from harness.model.locks import LocksSeen, Party, TrafficRan
from harness.model.release import ReleaseName
from harness.plan.steps import StartReplicas
from harness.plan.traffic_steps import MigrateUnderTraffic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.evidence.failures import Group, Signature
    from harness.evidence.timeline import Timeline
    from harness.model.exchange import TrafficFailure

#: Cells that show what is told there: the release does not live with the step itself.
_TOLD = {
    ReleaseName.OLD: (Actor.OLD_WARM, Actor.OLD_COLD),
    ReleaseName.NEW: (Actor.NEW_WARM,),
}
#: ``lock_not_available`` (manual, "PostgreSQL Error Codes"): a request does not wait, or not for long.
_LOCK_NOT_AVAILABLE = "55P03"
_TOGETHER = (
    "commit together what requests must not see apart, and lock what is read before it is written (SELECT ... FOR "
    "UPDATE, LOCK TABLE): by then it is old"
)
_WAIT = "change rows in batches, each in a transaction of its own, and let requests wait a while for a lock"


def judge(timeline: Timeline, step: str) -> Judgement:
    """Journeys that fail beside the migration in both looks, and at no other time; the others are notes.

    Args:
        timeline: What happened.
        step: Label of the step, or ``rollout`` for all of them by one call.
    """
    ran = traffic_of(timeline, step)
    if ran is None:
        return unsent(timeline, step)
    if _is_apart(timeline):
        return Judgement(status=Status.UNTESTED, reason="nobody serves while the steps are run")
    if not ran.clients and ran.reason:
        return Judgement(status=Status.UNTESTED, reason=ran.reason)
    looks = _looks(timeline, step)
    if not looks:
        return Judgement(status=Status.SKIPPED, reason="the migration fails beside requests: see failed-migration")
    if not any(met.beside for met in looks):
        return Judgement(status=Status.UNTESTED, reason="no request was sent while the migration ran")
    known = _known(timeline) if step == ROLLOUT else {}
    found: list[Finding] = []
    for group in _groups(timeline, step):
        label = known.get(signature(group.first))
        if label is None:
            found.append(say_failure(group, "the migration runs", _remedy(group)))
        elif group.certain:
            headline = f"{group.first.journey} fails while the migration runs: see {label}"
            found.append(Finding(headline=headline, weight=Weight.NOTE))
    return judged(tuple(found))


def is_doubtful(timeline: Timeline, step: str) -> bool:
    """Whether something failed that only a second look can tell from chance.

    Args:
        timeline: What happened.
        step: Label of the step, or ``rollout``.
    """
    known = _known(timeline) if step == ROLLOUT else {}
    return not _is_apart(timeline) and any(signature(group.first) not in known for group in _groups(timeline, step))


def _is_apart(timeline: Timeline) -> bool:
    return any(asked.schedule.apart for asked in timeline.of(Asked))


def _known(timeline: Timeline) -> dict[Signature, str]:
    """What fails in a step of its own, and in which."""
    return {
        signature(group.first): label for label in reversed(timeline.plan.labels) for group in _groups(timeline, label)
    }


def _groups(timeline: Timeline, step: str) -> Iterator[Group]:
    return group_failures(_looks(timeline, step), elsewhere(timeline), _told(timeline, step))


def _looks(timeline: Timeline, step: str) -> list[Met]:
    """What traffic met beside a step, in each look in which the migration went through; lock-wait tells who waited."""
    lost = {event.number for event in timeline.of(MigrationFailed)}
    looks: dict[bool, list[Met]] = {}
    for ran in timeline.of(TrafficRan):
        if ran.label == step and ran.met is not None and ran.number not in lost:
            looks.setdefault(ran.again, []).append(_without_waits(timeline, ran, ran.met))
    return [_both_sides(parts) for parts in looks.values()]


def _remedy(group: Group) -> str:
    return _WAIT if _LOCK_NOT_AVAILABLE in group.first.sqlstates else _TOGETHER


def _both_sides(parts: list[Met]) -> Met:
    return Met(
        before=sum(part.before for part in parts),
        beside=sum(part.beside for part in parts),
        failed_before=tuple(failure for part in parts for failure in part.failed_before),
        failed_beside=tuple(failure for part in parts for failure in part.failed_beside),
    )


def _without_waits(timeline: Timeline, ran: TrafficRan, met: Met) -> Met:
    """Without answers that came to nothing since somebody waited too long: lock-wait tells that."""
    seen = next((locks for locks in timeline.of(LocksSeen) if locks.number == ran.number), None)
    waits = [
        (wait.who, wait.at, wait.at + wait.waited_ms / 1000)
        for wait in (seen.waits if seen is not None else ())
        if wait.party is Party.REPLICA and wait.waited_ms > timeline.limits.lock_wait_ms
    ]

    def waited(failure: TrafficFailure) -> bool:
        ended = failure.at + failure.duration_s
        return any(who == failure.replica and failure.at <= until and at <= ended for who, at, until in waits)

    kept = tuple(failure for failure in met.failed_beside if failure.silent or not waited(failure))
    return replace(met, failed_beside=kept)


def _told(timeline: Timeline, step: str) -> frozenset[str]:
    """Journeys that fail in the walk already, at this step or an earlier one, through the release that serves."""
    labels = timeline.plan.labels
    behind = labels if step == ROLLOUT else labels[: labels.index(step) + 1]
    cells = {Cell(label, actor) for label in behind for actor in _TOLD[_serving(timeline, step)]}
    return broken_in(timeline, cells)


def _serving(timeline: Timeline, step: str) -> ReleaseName:
    """Who serves while a step is run: the old release, unless the step comes after the code."""
    steps = [item.step for stage in timeline.plan.stages for track in stage.tracks for item in track.steps]
    releases = {one.name: one.release for each in steps if isinstance(each, StartReplicas) for one in each.replicas}
    asked = [each for each in steps if isinstance(each, MigrateUnderTraffic) and each.label == step]
    served = {releases.get(name) for each in asked for name in each.replicas}
    return ReleaseName.NEW if served == {ReleaseName.NEW} else ReleaseName.OLD


CHECK = Check(
    name="failed-request",
    title="is every request answered while the migration runs?",
    judge=judge,
    rollout=True,
    of_steps=True,
    old_alone=False,
)
