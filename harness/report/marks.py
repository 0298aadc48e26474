"""Requests and waits on a timeline: what lies too close together is one tick, with a count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.model.availability import Served
from harness.model.events import Attempted
from harness.model.locks import LocksSeen, LockWait, Party, TrafficRan
from harness.report.anchors import of_attempt, of_request, of_wait

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.model.exchange import TrafficRequest
    from harness.report.axis import Axis, ByStep, Column

#: Name of the lane in which a migration stands while it is made under traffic.
MIGRATION = "migration"
#: Pixels in which requests to one replica are drawn as one tick.
_APART = 4
_SERVER_ERROR = 500
_TITLE = 160


@dataclass(frozen=True, kw_only=True)
class Tick:
    """One request, or some that lie too close together.

    Args:
        x: Where.
        y: The middle of its lane.
        bad: Whether it failed.
        count: How many.
        title: What they were, in words.
        anchor: Where the first of them is told in full.
        number: Step of the plan.
    """

    x: float
    y: float
    bad: bool
    count: int
    title: str
    anchor: str
    number: int


@dataclass(frozen=True, kw_only=True)
class Wait:
    """Somebody waited for a lock.

    Args:
        x: Where it began.
        end: Where it ended.
        y: The lane of whoever waited.
        holder_y: The lane of whoever stood in the way; None where that one has none.
        text: How long.
        title: The same in words.
        anchor: Where it is told in full.
        number: Step of the plan.
    """

    x: float
    end: float
    y: float
    holder_y: float | None
    text: str
    title: str
    anchor: str
    number: int


@dataclass(frozen=True)
class _Asked:
    """One request that is to be drawn."""

    replica: str
    x: float
    bad: bool
    text: str
    anchor: str
    number: int


def find_ticks(axis: Axis, lanes: Mapping[str, float], happened: ByStep) -> tuple[Tick, ...]:
    """All requests of a track; those that failed apart from the others, and behind them: so they are drawn on top.

    Args:
        axis: Where each moment is.
        lanes: Middle of each replica's lane.
        happened: Events by step.
    """
    together: dict[tuple[bool, str, int], list[_Asked]] = {}
    for column in axis.columns:
        for asked in _asked(axis, column, happened):
            if asked.replica in lanes:
                together.setdefault((asked.bad, asked.replica, int(asked.x / _APART)), []).append(asked)
    ticks = []
    for (bad, replica, bucket), several in sorted(together.items(), key=lambda pair: pair[0]):
        first, count = several[0], len(several)
        more = f" and {count - 1} more" if count > 1 else ""
        ticks.append(
            Tick(
                x=bucket * _APART + _APART / 2,
                y=lanes[replica],
                bad=bad,
                count=count,
                title=f"{first.text[:_TITLE]}{more}",
                anchor=first.anchor,
                number=first.number,
            )
        )
    return tuple(ticks)


def _asked(axis: Axis, column: Column, happened: ByStep) -> Iterator[_Asked]:
    events = happened[column.number]
    attempts = [event for event in events if isinstance(event, Attempted)]
    for index, attempt in enumerate(attempts):
        yield from _of_attempt(axis, column, attempt, (index + 0.5) / len(attempts))
    for event in events:
        if isinstance(event, (Served, TrafficRan)):
            for number, request in enumerate(event.sent):
                yield _of_traffic(axis, column, request, of_request(event, number))


def _of_attempt(axis: Axis, column: Column, attempt: Attempted, share: float) -> Iterator[_Asked]:
    said = [exchange.is_bad for exchange in attempt.exchanges]
    for index, exchange in enumerate(attempt.exchanges):
        last = attempt.failure is not None and not any(said) and index == len(said) - 1
        x = axis.x(attempt.at + exchange.at_s, column) if attempt.at else column.x + share * column.width
        text = f"{exchange.answer} ({attempt.journey})"
        yield _Asked(exchange.replica, x, said[index] or last, text, of_attempt(attempt), column.number)


def _of_traffic(axis: Axis, column: Column, request: TrafficRequest, anchor: str) -> _Asked:
    bad = request.status is None or request.status >= _SERVER_ERROR
    text = f"{request.replica} {'gave no answer' if request.status is None else f'answered {request.status}'}"
    return _Asked(request.replica, axis.x(request.at, column), bad, f"{text} to {request.line}", anchor, column.number)


def find_waits(axis: Axis, lanes: Mapping[str, float], happened: ByStep) -> tuple[Wait, ...]:
    """Everybody who waited for a lock.

    Args:
        axis: Where each moment is.
        lanes: Middle of each lane.
        happened: Events by step.
    """
    return tuple(_waits(axis, lanes, happened))


def _waits(axis: Axis, lanes: Mapping[str, float], happened: ByStep) -> Iterator[Wait]:
    for column in axis.columns:
        for seen in happened[column.number]:
            if not isinstance(seen, LocksSeen):
                continue
            for index, wait in enumerate(seen.waits):
                who = MIGRATION if wait.party is Party.MIGRATION else wait.who
                if who not in lanes:
                    continue
                if wait.at:
                    x, end = axis.x(wait.at, column), axis.x(wait.at + wait.waited_ms / 1000, column)
                else:
                    x, end = column.x, column.end
                holder = next((MIGRATION if link.party is Party.MIGRATION else link.who for link in wait.chain), "")
                yield Wait(
                    x=x,
                    end=max(end, x + 2),
                    y=lanes[who],
                    holder_y=lanes.get(holder) if holder != who else None,
                    text=f"{wait.waited_ms:.0f} ms",
                    title=describe_wait(wait),
                    anchor=of_wait(seen, index),
                    number=column.number,
                )


def describe_wait(wait: LockWait) -> str:
    """Who waited how long for what, and behind whom, in one sentence.

    Args:
        wait: From PostgreSQL's own log.
    """
    who = f"{wait.who}, {wait.request}" if wait.request else wait.who
    held = wait.chain[0] if wait.chain else None
    behind = ""
    if held is not None:
        behind = f", {'held by' if held.holds else 'behind'} {held.who}" + (
            f": {held.statement}" if held.statement else ""
        )
    return f"{who} waited {wait.waited_ms:.0f} ms for {wait.on}{'' if wait.granted else ', in vain'}{behind}"
