"""A release that changes the schema by being started: ``create_all`` and the like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.evidence.blame import boots_of
from harness.evidence.checks.check import Check
from harness.model.cell import Status
from harness.model.events import ReplicaFailed, ReplicaReady
from harness.model.finding import Finding, Judgement, judged

if TYPE_CHECKING:
    from harness.evidence.timeline import Timeline

#: Of the differences that a start made, so many are shown.
_MOST_SHOWN = 10


def judge(timeline: Timeline, step: str) -> Judgement:
    """Starts around this step that changed the schema and left the version table as it was.

    A start that moves the version table too is a migration at boot, and told as such.

    Args:
        timeline: What happened.
        step: Label of the step, or ``rollout``.
    """
    started = [
        e for e in timeline.of(ReplicaReady) if e.cell is not None and e.cell.step == step and not e.cell.release
    ]
    if not started:
        failed = [event for event in timeline.of(ReplicaFailed) if event.cell is not None and event.cell.step == step]
        reason = "the replica that was started there never became ready" if failed else timeline.why_unseen(step)
        return Judgement(status=Status.SKIPPED, reason=reason)
    boots = boots_of(timeline.plan)  # there the version is known, or nobody knows of one
    guilty = [event for event in started if event.changed and event.moved is None and event.number not in boots]
    return judged(tuple(_finding(event) for event in guilty))


def _finding(event: ReplicaReady) -> Finding:
    texts = [change.text for change in event.changed]
    more = [f"and {len(texts) - _MOST_SHOWN} more"] if len(texts) > _MOST_SHOWN else []
    return Finding(
        headline=f"{event.replica} changed the schema when it was started as {event.cell}, beside all migrations: "
        f"{texts[0]}",
        details=(*texts[:_MOST_SHOWN], *more),
        remedy="let migrations alone change the schema: take create_all and the like out of the start",
    )


CHECK = Check(
    name="start-changes-schema",
    title="does a release leave the schema alone when it is started?",
    judge=judge,
    rollout=True,
    old_alone=False,
)
