"""What is left of a plan without its journeys: the same in all runs of parts of one rehearsal."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from harness.plan.steps import Drive, WarmUp
from harness.plan.task_steps import TryTask
from harness.plan.traffic_steps import TearMigration

if TYPE_CHECKING:
    from harness.model.cell import Cell
    from harness.plan.steps import Plan, Step

#: Name and cells of a plan, and stage, track and each of their steps.
Frame: TypeAlias = "tuple[str, tuple[Cell, ...], tuple[tuple[str, str, Step], ...]]"


def frame_of(plan: Plan) -> Frame:
    """What two plans have in common where they are made for different journeys of one subject.

    Steps have no numbers there: the plans before may have more or fewer.

    Args:
        plan: Any.
    """
    steps = (
        (stage.name, track.name, _without_journeys(item.step))
        for stage in plan.stages
        for track in stage.tracks
        for item in track.steps
    )
    return plan.name, plan.cells, tuple(steps)


def _without_journeys(step: Step) -> Step:
    match step:
        case Drive():
            return replace(step, rounds=(), leave=())
        case WarmUp() | TearMigration() | TryTask():
            return replace(step, journeys=())
        case _:
            return step
