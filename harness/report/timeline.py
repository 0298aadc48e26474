"""The timeline: who ran when, what was done to the schema, and what came of each request; laid out, not yet drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.model.boots import Booted
from harness.model.events import MigrationFailed, ReplicaFailed, ReplicaReady, ReplicaStopped
from harness.model.locks import TrafficRan
from harness.model.probed import Probed
from harness.model.release import ReleaseName
from harness.model.torn import Torn
from harness.plan.steps import AskHealth, Migrate, StartReplicas
from harness.plan.traffic_steps import BootTogether, MigrateUnderTraffic, TearMigration
from harness.report.axis import lay_out, sort_by_step
from harness.report.marks import MIGRATION, Tick, Wait, find_ticks, find_waits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from harness.model.events import Event
    from harness.plan.steps import Plan, Track
    from harness.report.axis import Axis, ByStep, Column

#: Pixels: of the numbers and names above the lanes, and of one lane.
HEAD, LANE = 40, 26


@dataclass(frozen=True, kw_only=True)
class Lane:
    """One replica, or the migration.

    Args:
        name: Whose lane it is.
        release: ``old``, ``new``, or nothing for the migration.
        y: Its middle, in pixels.
    """

    name: str
    release: str
    y: float


@dataclass(frozen=True, kw_only=True)
class Life:
    """From the start of a replica to its end, or the time that a migration took.

    Args:
        lane: Whose it is.
        x: Where it begins.
        ready: From where on it is ready.
        end: Where it ends.
        how: ``stopped``, ``killed``, ``crashed``, or nothing where the track ended before it.
        title: The same in words.
    """

    lane: Lane
    x: float
    ready: float
    end: float
    how: str
    title: str


@dataclass(frozen=True, kw_only=True)
class Band:
    """One migration, across all lanes.

    Args:
        column: Its step in the plan.
        label: The step of the schema.
        failed: Whether it did not go through.
        torn: Whether it was killed half-way on purpose, and run again.
    """

    column: Column
    label: str
    failed: bool
    torn: bool


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A probe, or a replica that failed.

    Args:
        lane: Whose it is.
        x: Where.
        bad: Whether it failed.
        title: What it was, in words.
    """

    lane: Lane
    x: float
    bad: bool
    title: str


@dataclass(frozen=True, kw_only=True)
class Chart:
    """One track of a plan.

    Args:
        title: What the part is for.
        axis: Its steps.
        lanes: Who ran, in the order of their starts.
        lives: From when to when.
        bands: Migrations.
        ticks: Requests.
        waits: Who waited for a lock.
        marks: Probes and failures.
    """

    title: str
    axis: Axis
    lanes: tuple[Lane, ...]
    lives: tuple[Life, ...]
    bands: tuple[Band, ...]
    ticks: tuple[Tick, ...]
    waits: tuple[Wait, ...]
    marks: tuple[Mark, ...]

    @property
    def height(self) -> float:
        """In pixels."""
        return HEAD + LANE * len(self.lanes) + 4

    @property
    def bad(self) -> int:
        """How many requests failed."""
        return sum(tick.count for tick in self.ticks if tick.bad)

    @property
    def requests(self) -> int:
        """How many there were."""
        return sum(tick.count for tick in self.ticks)


def draw_timeline(plans: Sequence[Plan], events: Iterable[Event]) -> tuple[Chart, ...]:
    """One chart for each track in which a replica ran.

    Args:
        plans: Those that were run, in order.
        events: What happened, in order.
    """
    happened = sort_by_step(events)
    charts = []
    for plan in plans:
        for stage in plan.stages:
            for track in stage.tracks:
                title = stage.name if len(stage.tracks) == 1 else f"{stage.name}: {track.name}"
                chart = _draw(title, track, happened)
                if chart.lanes or chart.bands:
                    charts.append(chart)
    return tuple(charts)


def _draw(title: str, track: Track, happened: ByStep) -> Chart:
    axis = lay_out(track, happened)
    names: dict[str, str] = {}
    for column in axis.columns:
        if isinstance(column.step, MigrateUnderTraffic):
            names = {MIGRATION: "", **names}
        names.update({name: release for name, release in _who(happened[column.number]) if name not in names})
    lanes = {
        name: Lane(name=name, release=release, y=HEAD + LANE * (index + 0.5))
        for index, (name, release) in enumerate(names.items())
    }
    heights = {name: lane.y for name, lane in lanes.items()}
    return Chart(
        title=title,
        axis=axis,
        lanes=tuple(lanes.values()),
        lives=tuple(_lives(axis, lanes, happened)),
        bands=tuple(_bands(axis, happened)),
        ticks=find_ticks(axis, heights, happened),
        waits=find_waits(axis, heights, happened),
        marks=tuple(_marks(axis, lanes, happened)),
    )


def _who(events: Iterable[Event]) -> Iterator[tuple[str, str]]:
    """Who comes up in a step, and what it runs."""
    for event in events:
        match event:
            case ReplicaReady(replica=name, release=release) | ReplicaFailed(replica=name, release=release):
                yield name, str(release)
            case Booted(replicas=names):
                yield from ((name, ReleaseName.NEW.value) for name in names)
            case _:
                pass


def _lives(  # noqa: C901, PLR0912  one case for each way to begin and to end
    axis: Axis, lanes: Mapping[str, Lane], happened: ByStep
) -> Iterator[Life]:
    running: dict[str, tuple[float, float, str]] = {}

    def end(name: str, x: float, how: str, title: str) -> Life:
        began, ready, told = running.pop(name)
        return Life(lane=lanes[name], x=began, ready=ready, end=x, how=how, title=f"{told}; {title}" if title else told)

    for column in axis.columns:
        for event in happened[column.number]:
            match event:
                case ReplicaReady(replica=name, after_s=after_s):
                    share = min(after_s / column.duration_s, 1.0) if column.duration_s else 1.0
                    ready = column.x + share * column.width if isinstance(column.step, StartReplicas) else column.end
                    running[name] = column.x, ready, f"{name} was ready after {after_s:.1f} s"
                case ReplicaFailed(replica=name, reason=reason) if name not in running:
                    running[name] = column.x, column.end, name
                    yield end(name, column.end, "crashed", reason)
                case ReplicaStopped(replica=name, killed=killed) if name in running:
                    yield end(name, column.middle, "killed" if killed else "stopped", "had to be killed" * killed)
                case Booted(ready=ready_names, failed=failed):
                    for name in ready_names:
                        running[name] = column.x, column.middle, f"{name} started at once with others, and was ready"
                    for name, reason in failed:
                        running[name] = column.x, column.end, name
                        yield end(name, column.end, "crashed", reason)
                case TrafficRan(migrated_at=at, migrated_s=took) if at:
                    first, last = axis.x(at, column), axis.x(at + took, column)
                    title = f"{event.label} took {took * 1000:.0f} ms under traffic"
                    yield Life(
                        lane=lanes[MIGRATION], x=first, ready=first, end=max(last, first + 2), how="", title=title
                    )
                case _:
                    pass
        if isinstance(column.step, BootTogether):  # they are stopped by the step itself
            for name in [name for name in column.step.replicas if name in running]:
                yield end(name, column.end, "stopped", "")
    for name in list(running):
        yield end(name, axis.width, "", "")


def _bands(axis: Axis, happened: ByStep) -> Iterator[Band]:
    for column in axis.columns:
        match column.step:
            case Migrate(label=label) | MigrateUnderTraffic(label=label) | TearMigration(label=label):
                events = happened[column.number]
                broken = any(isinstance(event, MigrationFailed) for event in events)
                torn = any(isinstance(event, Torn) and any(t.error for t in event.tears) for event in events)
                is_torn = isinstance(column.step, TearMigration)
                yield Band(column=column, label=label, failed=broken or torn, torn=is_torn)
            case _:
                pass


def _marks(axis: Axis, lanes: Mapping[str, Lane], happened: ByStep) -> Iterator[Mark]:
    for column in axis.columns:
        events = happened[column.number]
        failed = {event.replica: event.reason for event in events if isinstance(event, ReplicaFailed)}
        if isinstance(column.step, AskHealth):
            for name in column.step.replicas:
                if name in lanes:
                    told = f"probes of {name}: {failed.get(name, 'good')}"
                    yield Mark(lane=lanes[name], x=column.middle, bad=name in failed, title=told)
        elif not isinstance(column.step, StartReplicas):
            for name, reason in failed.items():
                yield Mark(lane=lanes[name], x=column.end - 6, bad=True, title=f"{name}: {reason}")
        for event in events:
            if isinstance(event, Probed) and event.replica in lanes:
                for index, answer in enumerate(event.answers):
                    told = f"{answer.kind} ({answer.asked}) while every table was locked: {answer.problem or 'good'}"
                    x = column.middle + 14 * (index - (len(event.answers) - 1) / 2)
                    yield Mark(lane=lanes[event.replica], x=x, bad=bool(answer.problem), title=told)
