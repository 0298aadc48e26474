"""Runs written by hand: every cell passes, but where a test gives events of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from plan.subjects import JOURNEYS, make_subject, plan_rehearsal

from harness.evidence.expectations import judge_items
from harness.evidence.outcomes import judge_outcomes
from harness.evidence.verdicts import judge
from harness.model.cell import Actor, Cell
from harness.model.events import (
    Attempted,
    Failure,
    MigrationFailed,
    ReplicaFailed,
    ReplicaReady,
)
from harness.model.exchange import Exchange
from harness.model.observed import SqlError
from harness.model.release import ReleaseName
from harness.model.rollout import Schedule, When
from harness.model.tracks import TrackStopped

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from harness.evidence.expectations import ItemResult
    from harness.evidence.outcome import Outcome
    from harness.evidence.verdicts import Answer
    from harness.model.events import Event
    from harness.model.settings import Expected
    from harness.plan.steps import Plan, Step

ORDER, STOCK = JOURNEYS
NO_COLUMN = SqlError(replica="old-1", sqlstate="42703", message='column "price" does not exist')
NO_TABLE = SqlError(replica="old-1", sqlstate="42P01", message='relation "orders" does not exist')
CACHED_PLAN = SqlError(replica="old-1", sqlstate="0A000", message="cached plan must not change result type")

_NEW = frozenset({Actor.NEW_AHEAD, Actor.NEW_WARM, Actor.NEW, Actor.NEW_CONTROL})


def make_plan(steps: int = 1, journeys: tuple[str, ...] = (ORDER,), *, split: int | None = None, **fields: Any) -> Plan:
    """All stages over steps ``0001_first``, ``0002_second`` and so on, the rollout with all or so many first."""
    plans = plan_rehearsal(make_subject(steps, journeys, **fields), steps if split is None else split)
    return replace(plans[0], stages=tuple(stage for plan in plans for stage in plan.stages))


def at(plan: Plan, step: int | str, actor: Actor) -> Cell:
    """A cell by the number of its step, or by its name."""
    return Cell(plan.labels[step - 1] if isinstance(step, int) else step, actor)


def number_of(plan: Plan, kind: type[Step], cell: Cell) -> int:
    """The number of the last step of some kind that counts for a cell."""
    return max(
        item.number
        for stage in plan.stages
        for track in stage.tracks
        for item in track.steps
        if isinstance(item.step, kind) and getattr(item.step, "cell", None) == cell
    )


def passed(cell: Cell, journey: str = ORDER, *, round_: int = 1, **fields: Any) -> Attempted:
    """An attempt in which all went well."""
    replica = "new-1" if cell.actor in _NEW else "old-1"
    exchange = Exchange(replica=replica, method="GET", path="/orders/17", status=200, response='{"id": 17}')
    given = {
        "number": 1,
        "copy": 1,
        "origin": "fresh",
        "replicas": (replica,),
        "segment": 2,
        "exchanges": (exchange,),
        **fields,
    }
    return Attempted(cell=cell, journey=journey, round=round_, **given)


def failed(
    cell: Cell, journey: str = ORDER, *, round_: int = 1, sql: SqlError | None = NO_COLUMN, **fields: Any
) -> Attempted:
    """An attempt that was answered with 500, by default over a statement that PostgreSQL refused."""
    replica = "new-1" if cell.actor in _NEW else "old-1"
    exchange = Exchange(replica=replica, method="GET", path="/orders/17", status=500, response="Internal Server Error")
    given = {
        "exchanges": (exchange,),
        "failure": Failure(kind="http", text="GET /orders/17 answered 500"),
        "sql": (sql,) if sql else (),
        **fields,
    }
    return passed(cell, journey, round_=round_, **given)


def failed_twice(cell: Cell, journey: str = ORDER, **fields: Any) -> tuple[Attempted, Attempted]:
    """A lasting failure."""
    return failed(cell, journey, round_=1, **fields), failed(cell, journey, round_=2, **fields)


def recovered(cell: Cell, journey: str = ORDER, **fields: Any) -> tuple[Attempted, Attempted]:
    """A failure in the first pass alone."""
    return failed(cell, journey, round_=1, **fields), passed(cell, journey, round_=2)


def ready(
    cell: Cell | None,
    replica: str = "new-1",
    *,
    moved: tuple[tuple[str, ...], tuple[str, ...]] | None = None,
    **fields: Any,
) -> ReplicaReady:
    release = ReleaseName(replica.partition("-")[0])
    given = {"database": "live", "number": 1, "after_s": 0.5, **fields}
    return ReplicaReady(replica=replica, release=release, cell=cell, moved=moved, **given)


def not_ready(
    cell: Cell, replica: str = "old-1", signature: str = "boot exited with 1", **fields: Any
) -> ReplicaFailed:
    release = ReleaseName(replica.partition("-")[0])
    given = {"database": "live", "number": 1, "reason": "exited with status 1 before it was ready", **fields}
    return ReplicaFailed(replica=replica, release=release, cell=cell, signature=signature, **given)


def migration_failed(cell: Cell | None, revision: str = "0001", **fields: Any) -> MigrationFailed:
    given = {"database": "live", "number": 9, "error": "NotNullViolation: null value", "sqlstate": "23502", **fields}
    return MigrationFailed(revision=revision, cell=cell, **given)


def stopped(reason: str = "the migration 0001_first failed in step 9", track: str = "live") -> TrackStopped:
    return TrackStopped(track=track, number=9, reason=reason)


def rehearsed(plan: Plan, *events: Event, silent: Iterable[Cell] = ()) -> tuple[Event, ...]:
    """All events of a run.

    Args:
        plan: Its cells and journeys.
        events: What is special about it. A journey that has an attempt among them in some cell has no other there,
            and a cell that lost its replica or its migration has none at all.
        silent: Cells in which nothing happened.
    """
    mine = {(event.cell, event.journey) for event in events if isinstance(event, Attempted)}
    empty = {*silent, *(event.cell for event in events if isinstance(event, (ReplicaFailed, MigrationFailed)))}
    usual = [
        passed(cell, journey, round_=round_)
        for cell in plan.cells
        if cell not in empty
        for journey in plan.journeys
        if (cell, journey) not in mine
        for round_ in (1, 2)
    ]
    return (*usual, *events)


def outcome_of(plan: Plan, cell: Cell, *events: Event, journey: str = ORDER, silent: Collection[Cell] = ()) -> Outcome:
    """What came of one journey in one cell of a run that is written by :func:`rehearsed`."""
    return judge_outcomes(plan, rehearsed(plan, *events, silent=silent))[cell, journey]


def answer(plan: Plan, *events: Event, when: When = When.BEFORE, silent: Collection[Cell] = ()) -> Answer:
    """The answer to a run that is written by :func:`rehearsed`."""
    return judge(plan, judge_outcomes(plan, rehearsed(plan, *events, silent=silent)), Schedule(when=when))


def results(
    plan: Plan,
    *events: Event,
    expected: tuple[Expected, ...] = (),
    when: When = When.BEFORE,
    complete: bool = True,
    silent: Collection[Cell] = (),
) -> dict[tuple[Cell, str], ItemResult]:
    """The test items of a run that is written by :func:`rehearsed`."""
    outcomes = judge_outcomes(plan, rehearsed(plan, *events, silent=silent))
    return judge_items(plan, outcomes, expected, Schedule(when=when), complete=complete)
