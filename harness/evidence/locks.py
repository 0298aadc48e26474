"""What checks of locks have in common: which look counts, and how statements and numbers are shown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.model.cell import ROLLOUT, Status
from harness.model.events import MigrationFailed
from harness.model.finding import Judgement
from harness.model.locks import TURNED_OFF, LocksSeen, TableWork, TrafficRan
from harness.model.tracks import TrackBegunAgain
from harness.plan.traffic_steps import OpenTraffic

if TYPE_CHECKING:
    from harness.evidence.timeline import Timeline

#: A statement in a headline is no longer than this.
_LENGTH = 120


def locks_of(timeline: Timeline, label: str, *, again: bool = False) -> LocksSeen | None:
    """What was seen of the locks of a step; None where nobody looked.

    Args:
        timeline: What happened.
        label: The step, or ``rollout`` for all of them, on both sides of the code.
        again: Whether the second look is asked for.
    """
    lost = {event.number for event in timeline.of(MigrationFailed)}  # what it would have done is not known
    found = [event for event in timeline.of(LocksSeen) if (event.label, event.again) == (label, again)]
    if not found or any(event.number in lost for event in found):
        return None
    waits = tuple(sorted((wait for event in found for wait in event.waits), key=lambda wait: -wait.waited_ms))
    return replace(
        found[0],
        waits=waits,
        work=tuple(work for event in found for work in event.work),
        beside=tuple(one for event in found for one in event.beside),
    )


def traffic_of(timeline: Timeline, label: str, *, again: bool = False) -> TrafficRan | None:
    """The traffic beside a step; None where the rehearsal did not come so far.

    Args:
        timeline: What happened.
        label: The step, or ``rollout`` for all of them, on both sides of the code.
        again: Whether the second look is asked for.
    """
    found = [event for event in timeline.of(TrafficRan) if (event.label, event.again) == (label, again)]
    if not found:
        return None
    return replace(
        found[0],
        requests=sum(event.requests for event in found),
        lost=sum(event.lost for event in found),
        slowest_ms=max(event.slowest_ms for event in found),
        refused_after_ms=tuple(ms for event in found for ms in event.refused_after_ms),
    )


def failed_under_traffic(timeline: Timeline, label: str) -> MigrationFailed | None:
    """How a migration failed beside traffic; None where it went through, or was not tried.

    Args:
        timeline: What happened.
        label: The step, or ``rollout``.
    """
    numbers = {event.number for event in timeline.of(TrafficRan) if event.label == label}
    return next((event for event in timeline.of(MigrationFailed) if event.number in numbers), None)


def begun_again(timeline: Timeline, label: str, sqlstate: str) -> int:
    """How often a migration beside traffic was begun again, on a database made anew.

    Args:
        timeline: What happened.
        label: The step, or ``rollout``.
        sqlstate: Code of what ended it.
    """
    numbers = {event.number for event in timeline.of(TrafficRan) if event.label == label}
    return sum(event.number in numbers and event.sqlstate == sqlstate for event in timeline.of(TrackBegunAgain))


def unseen(timeline: Timeline, label: str) -> Judgement:
    """Nobody looked at the locks of a step."""
    return Judgement(status=Status.SKIPPED, reason=timeline.why_unseen(label))


def unsent(timeline: Timeline, label: str) -> Judgement:
    """Nobody sent requests meanwhile: they are turned off, or the rehearsal did not come so far."""
    off = next((event.reason for event in timeline.of(TrafficRan) if not event.clients and event.reason), "")
    tracks = [track for stage in timeline.plan.stages for track in stage.tracks]
    opened = any(isinstance(item.step, OpenTraffic) for track in tracks for item in track.steps)
    if not off and not opened and any(track.name == ROLLOUT for track in tracks):  # the plan was made to its end
        off = TURNED_OFF
    return Judgement(status=Status.UNTESTED, reason=off) if off else unseen(timeline, label)


def short(statement: str) -> str:
    """A statement in one line, as a headline has it."""
    line = " ".join(statement.split())
    return line if len(line) <= _LENGTH else line[:_LENGTH].rstrip() + "..."


def say_speed(work: TableWork) -> str:
    """How long a table took, and what that comes to."""
    if work.rows is None:
        return f"it took {work.duration_ms:.1f} ms here"
    if not work.rows:
        return f"the table is empty here; it took {work.duration_ms:.1f} ms"
    rows = "1 row" if work.rows == 1 else f"{work.rows} rows"
    speed = work.rows / max(work.duration_ms, 0.001) * 1000
    return f"it took {work.duration_ms:.1f} ms for {rows} here, {_round(speed)} rows a second; it grows with the table"


def _round(number: float) -> str:
    """Two digits that mean something: the rest changes from run to run."""
    return f"{float(f'{number:.2g}'):.0f}"
