"""How far a rehearsal is, in lines: short, in the terminal's width, with what is waited for."""

from __future__ import annotations

import pytest

from harness.model.cell import BASE, Actor, Cell
from harness.model.release import ReleaseName
from harness.plan.steps import Attempt, Drive, Migrate, Numbered, Replica, Stage, StartReplicas, StopReplicas, Track
from harness.report.progress import (
    LINE_WIDTH,
    Running,
    describe_briefly,
    names_in,
    render_bar,
    render_done,
    render_stage,
    render_waiting,
)

MIGRATE = Migrate(database="live", revision="0002", label="0002_add_pinned")
START = StartReplicas(replicas=(Replica(name="old-1", release=ReleaseName.OLD, database="live"),))
LONG = Running(
    number=213, text="start new-1 on live", since_s=12.4, waits=("new-1 to be ready (GET /readyz, within 30 s)",)
)
SHORT = Running(number=87, text="migrate live to 0002_add_pinned", since_s=0.3)


def stage_of(*tracks: range) -> Stage:
    made = (Track(name="t", steps=tuple(Numbered(number=n, step=MIGRATE) for n in numbers)) for numbers in tracks)
    return Stage(name="every step", tracks=tuple(made))


def bar(*running: Running, width: int, done: int = 3) -> str:
    return render_bar("shop", running, done=done, total=12, elapsed_s=83.0, width=width)


def test_a_drive_is_told_by_its_cell_and_not_by_all_its_copies() -> None:
    attempts = tuple(
        Attempt(copy=n, journey="a", origin="fresh", replicas=("old-1", "old-2"), moves=12) for n in range(6)
    )
    step = Drive(cell=Cell(BASE, Actor.CONTROL), rounds=(attempts, attempts), leave=attempts[:1])
    assert describe_briefly(step) == "drive 12 copies, 1 left paused  [base-control]"


def test_the_replicas_of_a_step_are_known_by_name() -> None:
    assert names_in(START) == {"old-1"}
    assert names_in(StopReplicas(replicas=("old-1", "old-2"))) == {"old-1", "old-2"}
    assert names_in(MIGRATE) == frozenset()


def test_a_stage_tells_its_steps_and_whether_they_run_side_by_side() -> None:
    assert render_stage("shop", stage_of(range(6, 9)), 40) == "rolldeploy: shop, every step: steps 6 to 8 of 40"
    assert render_stage("shop", stage_of(range(6, 9), range(9, 12)), 40).endswith(
        "6 to 11 of 40, 2 tracks side by side"
    )


def test_a_step_that_is_done_has_its_number_its_time_and_one_line() -> None:
    assert render_done(7, "stop old-1", 0.26) == "     7    0.3 s  stop old-1"
    assert len(render_done(7, "stop " + "old-1, " * 40, 0.26)) == LINE_WIDTH


def test_a_step_that_takes_long_says_what_it_waits_for() -> None:
    assert render_waiting(LONG) == (
        "   213     12 s so far  start new-1 on live: waits for new-1 to be ready (GET /readyz, within 30 s)"
    )
    assert render_waiting(SHORT).endswith("so far  migrate live to 0002_add_pinned")


def test_a_bar_tells_the_wait_and_how_long_it_lasts() -> None:
    assert bar(LONG, width=120) == ("shop [===         ] 3/12 1:23  new-1 to be ready (GET /readyz, within 30 s), 12 s")


def test_a_bar_tells_both_tracks_where_there_is_room_and_counts_the_other_where_there_is_none() -> None:
    assert bar(LONG, SHORT, width=120).endswith("... | migrate live to 0002_add_pinned")
    narrow = bar(LONG, SHORT, width=80)
    assert "new-1 to be ready" in narrow
    assert narrow.endswith("... (+1)")


@pytest.mark.parametrize("width", [10, 20, 40, 61, 80, 99, 120, 200])
@pytest.mark.parametrize("running", [(), (LONG,), (LONG, SHORT), (LONG, SHORT, SHORT)])
def test_a_bar_is_never_wider_than_the_terminal(width: int, running: tuple[Running, ...]) -> None:
    assert len(bar(*running, width=width)) <= width


@pytest.mark.parametrize(("done", "filled"), [(0, 0), (1, 1), (11, 11), (12, 12), (14, 12)])
def test_a_bar_is_full_where_all_is_done_and_not_before(done: int, filled: int) -> None:
    assert bar(width=80, done=done).count("=") == filled
