"""Decides where one-off tasks are run: once in each way through the schema, and tried out on copies in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model.release import ReleaseName
from harness.model.task import Point
from harness.plan.steps import CloneDatabase, DropDatabase
from harness.plan.subject import LANE, LIVE, SEED, Subject, migrate
from harness.plan.task_steps import RunTask, TryTask

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.model.revision import Revision
    from harness.model.task import Task
    from harness.plan.builder import PlanBuilder
    from harness.plan.steps import Migrate

_WORDS = {
    Point.MIXED: "while both releases serve",
    Point.AFTER_ROLLOUT: "once the new release alone serves",
}


def run_due(subject: Subject, database: str, index: int) -> tuple[RunTask, ...]:
    """Runs what is due ahead of a step, where the steps are walked and nobody replaces replicas.

    Args:
        subject: What the plan is made for.
        database: Where.
        index: Of the step, from 0.
    """
    return tuple(RunTask(database=database, task=task.name) for task in _due(subject, index))


def run_at(subject: Subject, database: str, point: Point, revision: Revision | None = None) -> tuple[RunTask, ...]:
    """Runs the tasks of one point of the rollout.

    Args:
        subject: What the plan is made for.
        database: Where.
        point: When.
        revision: Behind which step, with ``after_step``.
    """
    label = revision.label if revision is not None else ""
    found = (task for task in subject.tasks if task.point is point and task.step == label)
    return tuple(RunTask(database=database, task=task.name) for task in found)


def steps_ahead_of(subject: Subject, database: str, task: str) -> Iterator[Migrate | RunTask]:
    """The steps of the schema and the tasks that come before one, in order.

    Args:
        subject: What the plan is made for.
        database: Where.
        task: Its name.
    """
    for index in range(len(subject.revisions) + 1):
        for step in run_due(subject, database, index):
            if step.task == task:
                return
            yield step
        yield from (migrate(database, revision) for revision in subject.revisions[index : index + 1])


def plan_trials(builder: PlanBuilder, subject: Subject) -> None:
    """Each task in every way in which it may come to be run, on copies of the schema and the data that it meets."""
    builder.stage("one-off tasks")
    builder.track("tasks")
    builder.add(CloneDatabase(source=SEED, target=LANE))
    for index in range(len(subject.revisions) + 1):
        for task in _due(subject, index):
            builder.add(_try(subject, task), RunTask(database=LANE, task=task.name))
        builder.add(*(migrate(LANE, revision) for revision in subject.revisions[index : index + 1]))
    builder.add(DropDatabase(database=LANE), DropDatabase(database=LIVE))


def _due(subject: Subject, index: int) -> tuple[Task, ...]:
    """What is run between the step before and this one; what belongs to the rollout comes between its two sides."""
    behind = subject.revisions[index - 1].label if index else None
    own = [task for task in subject.tasks if task.step and task.step == behind]
    if index == len(subject.before):
        own += [task for point in _WORDS for task in subject.tasks if task.point is point]
    return tuple(own)


def _try(subject: Subject, task: Task) -> TryTask:
    old, new = ReleaseName.OLD, ReleaseName.NEW
    before = {revision.label for revision in subject.before}
    serving = {Point.MIXED: (old, new), Point.AFTER_ROLLOUT: (new,)}.get(task.point)
    serving = serving or ((old,) if task.step in before else (new,))
    return TryTask(
        source=LANE,
        target=LIVE,
        task=task.name,
        point=_WORDS.get(task.point, f"behind {task.step}"),
        replicas={f"{release}-beside-{task.name}": release for release in serving},
        journeys=subject.journeys,
        load=subject.load,
    )
