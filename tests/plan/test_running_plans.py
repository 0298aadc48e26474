"""The walk with an old release that runs already: in one database, in one place at a time, and never started anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.model.cell import BASE, TRAFFIC, Actor, Cell
from harness.model.release import ReleaseName
from harness.model.rollout import Strategy
from harness.plan.planner import plan_walk
from harness.plan.steps import CloneDatabase, Drive, PrepareDatabase, Replica, StartReplicas, WarmUp
from harness.plan.subject import LIVE, SEED, plan_cells
from plan.subjects import make_subject

if TYPE_CHECKING:
    from harness.plan.steps import Step

SUBJECT = make_subject(2, strategy=Strategy(replicas=1), old_runs=True)
WALK = plan_walk(SUBJECT)
STEPS: list[tuple[str, Step]] = [
    (track.name, item.step) for stage in WALK.stages for track in stage.tracks for item in track.steps
]


def test_it_serves_in_one_database_and_in_one_track_of_a_stage() -> None:
    started = [
        (track, replica)
        for track, step in STEPS
        if isinstance(step, StartReplicas)
        for replica in step.replicas
        if replica.release == ReleaseName.OLD
    ]
    assert started == [
        ("seed", Replica(name="old-seed", release=ReleaseName.OLD, database=LIVE)),
        ("live", Replica(name="old-1", release=ReleaseName.OLD, database=LIVE)),
    ]


def test_what_it_writes_first_is_copied_from_there() -> None:
    first = [step for track, step in STEPS if track == "seed" and isinstance(step, PrepareDatabase | CloneDatabase)]
    assert first == [
        PrepareDatabase(database=LIVE, release=ReleaseName.OLD),
        CloneDatabase(source=LIVE, target=SEED),
    ]


@pytest.mark.parametrize("name", ["seed", "live"])
def test_its_connections_settle_before_it_is_judged(name: str) -> None:
    """Those of the rehearsal before are gone too."""
    live = [step for track, step in STEPS if track == name and not isinstance(step, PrepareDatabase)]
    begin = next(index for index, step in enumerate(live) if isinstance(step, Drive))
    settling = live[1:begin]
    assert {step.cell for step in settling if isinstance(step, WarmUp)} == {Cell(TRAFFIC, Actor.OLD)}
    assert isinstance(live[0], StartReplicas)
    assert len(settling) == len([step for step in settling if isinstance(step, WarmUp)]) > 1


def test_its_cold_cells_are_there_and_nobody_drives_them() -> None:
    cold = {cell for cell in plan_cells(SUBJECT) if cell.actor is Actor.OLD_COLD}
    assert {cell.step for cell in cold} == {BASE, *WALK.labels}
    assert not cold & {step.cell for _, step in STEPS if isinstance(step, Drive)}
