"""Where one-off tasks are run: in every way through the schema at the same place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.model.release import ReleaseName
from harness.model.rollout import Kind, Strategy
from harness.model.task import Point, Task
from harness.plan.planner import plan_state
from harness.plan.steps import Drive, Migrate, StartReplicas, StopReplicas
from harness.plan.task_steps import RunTask, TryTask
from plan.replay import databases_of, replay
from plan.subjects import make_subject, plan_rehearsal

if TYPE_CHECKING:
    from harness.plan.steps import Plan, Step
    from harness.plan.subject import Subject

EARLY = Task(name="early", command="run", point=Point.AFTER_STEP, step="0001_first")
BOTH = Task(name="both", command="run", point=Point.MIXED)
LATE = Task(name="late", command="run", point=Point.AFTER_ROLLOUT)
LAST = Task(name="last", command="run", point=Point.AFTER_STEP, step="0003_third")
TASKS = (LAST, LATE, BOTH, EARLY)
ROLLING = Strategy(kind=Kind.ROLLING, replicas=2)


def subject(**fields: Any) -> Subject:
    return make_subject(3, tasks=TASKS, split=2, **fields)


def track(plan: Plan, name: str) -> list[Step]:
    [found] = [track for stage in plan.stages for track in stage.tracks if track.name == name]
    return [item.step for item in found.steps]


def order(steps: list[Step]) -> list[str]:
    """Ids of migrations and names of tasks, in the order in which one database meets them."""
    return [s.revision if isinstance(s, Migrate) else s.task for s in steps if isinstance(s, Migrate | RunTask)]


def test_a_walk_runs_those_of_the_rollout_between_its_two_sides() -> None:
    walk, _, _ = plan_rehearsal(subject(strategy=ROLLING), 2)
    assert order(track(walk, "live")) == ["0001", "early", "0002", "both", "late", "0003"]


def test_the_rollout_runs_each_at_its_point_and_the_later_ones_again_behind_a_roll_back() -> None:
    _, rollout, _ = plan_rehearsal(subject(strategy=ROLLING), 2)
    steps = track(rollout, "rollout")
    assert order(steps) == ["0001", "early", "0002", "both", "late", "late", "0003", "last"]
    serving: set[str] = set()
    at: list[tuple[str, set[str]]] = []
    for step in steps:
        match step:
            case StartReplicas(replicas=replicas):
                serving.update(replica.name for replica in replicas)
            case StopReplicas(replicas=names):
                serving.difference_update(names)
            case RunTask(task=task):
                at.append((task, {name.partition("-")[0] for name in serving}))
            case _:
                pass
    assert at == [
        ("early", {"old"}),
        ("both", {"old", "new"}),
        ("late", {"new"}),
        ("late", {"new"}),
        ("last", {"new"}),
    ]


def test_where_both_releases_never_serve_what_is_for_then_is_run_once_the_new_one_does() -> None:
    for kind in (Kind.RECREATE, Kind.BLUE_GREEN):
        _, rollout, _ = plan_rehearsal(subject(strategy=Strategy(kind=kind)), 2)
        assert order(track(rollout, "rollout"))[:5] == ["0001", "early", "0002", "both", "late"]


def test_each_is_tried_once_on_the_state_that_it_meets_beside_those_who_serve_then() -> None:
    _, _, traffic = plan_rehearsal(subject(), 2)
    steps = track(traffic, "tasks")
    tried = [step for step in steps if isinstance(step, TryTask)]
    assert [(step.task, set(step.replicas.values())) for step in tried] == [
        ("early", {ReleaseName.OLD}),
        ("both", {ReleaseName.OLD, ReleaseName.NEW}),
        ("late", {ReleaseName.NEW}),
        ("last", {ReleaseName.NEW}),
    ]
    assert order(steps) == ["0001", "early", "0002", "both", "late", "0003", "last"]
    assert all(step.journeys and step.point for step in tried)


def test_no_step_asks_for_a_database_that_is_not_there() -> None:
    for moment in replay(*plan_rehearsal(subject(strategy=ROLLING), 2)):
        needed, _ = databases_of(moment.step)
        if isinstance(moment.step, RunTask):
            assert needed <= moment.databases.keys()


def test_a_plan_without_tasks_has_no_stage_for_them() -> None:
    _, _, traffic = plan_rehearsal(make_subject(3), 3)
    assert "one-off tasks" not in [stage.name for stage in traffic.stages]


def test_the_state_of_one_task_is_made_by_all_that_comes_before_it() -> None:
    steps = track(plan_state(subject(), "late"), "live")
    assert order(steps) == ["0001", "early", "0002", "both"]
    assert any(isinstance(step, Drive) for step in track(plan_state(subject(), "late"), "seed")), "the old one's data"
