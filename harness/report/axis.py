"""The axis of a timeline: one column for each step of a plan, and the moments within them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, TypeAlias

from harness.model.availability import Served
from harness.model.events import Attempted, Event
from harness.model.locks import TrafficRan
from harness.model.tracks import StepEnded
from harness.plan.render import describe_step
from harness.plan.steps import Drive, Migrate, StartReplicas
from harness.plan.traffic_steps import BootTogether, MigrateUnderTraffic, TearMigration

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.plan.steps import Numbered, Step, Track

#: What happened in each step of a plan.
ByStep: TypeAlias = "Mapping[int, tuple[Event, ...]]"

#: Pixels: of a step that is nothing but work on databases, and of the widest.
_LEAST, _MOST = 20, 240
#: A step that takes four times as long is twice as wide: the short ones are those in which things break.
_PER_ROOT_SECOND = 26
#: Room for each request, so that ticks can be told apart.
_PER_REQUEST = 1.0
_PER_LETTER = 6.2


@dataclass(frozen=True, kw_only=True)
class Column:
    """One step of the plan.

    Args:
        number: Its number.
        x: Where it begins, in pixels.
        width: In pixels.
        text: What is done.
        at: When it began, in seconds since the epoch; 0 where that is not known.
        duration_s: Seconds that it took; 0 where it did not come to its end.
        step: The step itself.
    """

    number: int
    x: float
    width: float
    text: str
    at: float
    duration_s: float
    step: Step

    @property
    def end(self) -> float:
        """Where it ends."""
        return self.x + self.width

    @property
    def middle(self) -> float:
        """Half-way."""
        return self.x + self.width / 2


@dataclass(frozen=True, kw_only=True)
class Axis:
    """All columns of one track, side by side."""

    columns: tuple[Column, ...]

    @property
    def width(self) -> float:
        """In pixels."""
        return self.columns[-1].end if self.columns else 0.0

    def x(self, at: float, column: Column) -> float:
        """Where a moment is.

        Args:
            at: Seconds since the epoch.
            column: The step that it was told of; it may have been in an earlier one.
        """
        known = [one for one in self.columns if one.at]
        if at and known:
            index = bisect_right([one.at for one in known], at) - 1
            column = known[max(index, 0)]
        if not column.at or not column.duration_s:
            return column.middle
        return column.x + column.width * min(max((at - column.at) / column.duration_s, 0.0), 1.0)


def sort_by_step(events: Iterable[Event]) -> dict[int, tuple[Event, ...]]:
    """What happened in each step of a plan.

    Args:
        events: All events, in order.
    """
    found: dict[int, list[Event]] = {}
    for event in events:
        number = getattr(event, "number", None)
        if number is not None:
            found.setdefault(number, []).append(event)
    return {number: tuple(told) for number, told in found.items()}


def lay_out(track: Track, happened: ByStep) -> Axis:
    """The columns of those steps that were begun.

    Args:
        track: Steps that follow one another.
        happened: Events by step.
    """
    columns: list[Column] = []
    x = 0.0
    for item in track.steps:
        events = happened.get(item.number, ())
        if not events:
            continue
        ended = next((event for event in events if isinstance(event, StepEnded)), None)
        duration_s = ended.duration_s if ended is not None else 0.0
        width = _width(item, duration_s, events)
        columns.append(
            Column(
                number=item.number,
                x=x,
                width=width,
                text=describe_step(item.step),
                at=ended.at if ended is not None else 0.0,
                duration_s=duration_s,
                step=item.step,
            )
        )
        x += width
    return Axis(columns=tuple(columns))


def _width(item: Numbered, duration_s: float, events: tuple[Event, ...]) -> float:
    width = _LEAST + _PER_ROOT_SECOND * sqrt(duration_s)
    match item.step:
        case Drive():
            asked = sum(len(event.exchanges) for event in events if isinstance(event, Attempted))
            width = max(width, 48.0, asked * _PER_REQUEST)
        case Migrate(label=label) | MigrateUnderTraffic(label=label) | TearMigration(label=label):
            width = max(width, len(label) * _PER_LETTER + 16)
            if isinstance(item.step, MigrateUnderTraffic):
                width = max(width, 220.0)
        case StartReplicas() | BootTogether():
            width = max(width, 40.0)
        case _:
            pass
    asked = sum(len(event.sent) for event in events if isinstance(event, (Served, TrafficRan)))
    return round(min(max(width, asked * _PER_REQUEST / 2), _MOST), 1)
