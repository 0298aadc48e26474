"""A plan as the numbered tree that is printed before anything starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from harness.model.cell import ROLLOUT
from harness.plan.chain_steps import AdvanceDatabase
from harness.plan.codec import digest
from harness.plan.steps import (
    AskHealth,
    Attempt,
    CaptureSchema,
    CloneDatabase,
    Drive,
    DropDatabase,
    GrantRights,
    LoadSql,
    Migrate,
    Plan,
    PrepareDatabase,
    RenameDatabase,
    Replica,
    StartReplicas,
    Step,
    StopReplicas,
    WarmUp,
)
from harness.plan.task_steps import RunTask, TryTask
from harness.plan.traffic_steps import (
    AskUnderLock,
    BootTogether,
    CloseTraffic,
    CountTraffic,
    HoldTransaction,
    MigrateUnderTraffic,
    OpenTraffic,
    RetireReplicas,
    RouteTraffic,
    TearMigration,
    WatchLocks,
)
from harness.plan.watch_steps import AwaitBackground, LeaveAlone, PlanStatements

if TYPE_CHECKING:
    from collections.abc import Iterator


def render_plan(plan: Plan) -> str:
    """The whole plan, one line a step.

    Args:
        plan: What is to be shown.

    Returns:
        Text without a final newline.
    """
    return "\n".join(_lines(plan))


def _lines(plan: Plan) -> Iterator[str]:
    steps = sum(len(track.steps) for stage in plan.stages for track in stage.tracks)
    yield (
        f"plan {digest(plan)} of {plan.name}: {len(plan.revisions)} migrations, {len(plan.journeys)} journeys, "
        f"{steps} steps"
    )
    for stage in plan.stages:
        side_by_side = f", {len(stage.tracks)} tracks side by side" if len(stage.tracks) > 1 else ""
        yield f"stage: {stage.name}{side_by_side}"
        for track in stage.tracks:
            indent = "  "
            if len(stage.tracks) > 1:
                yield f"  track: {track.name}"
                indent = "    "
            for item in track.steps:
                yield f"{indent}{item.number:>4}  {describe_step(item.step)}"


def describe_step(step: Step) -> str:  # noqa: C901, PLR0911, PLR0912  one case for each kind of step
    """One line that says what a step does."""
    match step:
        case PrepareDatabase(database=database, release=release):
            return f"prepare database {database} by the {release} release"
        case AdvanceDatabase(database=database, release=release, revisions=revisions):
            return f"advance {database} to {', '.join(revisions)} by the {release} release"
        case LoadSql(database=database, path=path):
            return f"load {path} into {database}"
        case GrantRights(database=database):
            return f"grant the replicas' role its rights in {database}"
        case CaptureSchema(database=database, label=label):
            return f"look at the schema of {database}{f' behind {label}' if label else ''}"
        case CloneDatabase(source=source, target=target):
            return f"clone {source} to {target}"
        case DropDatabase(database=database):
            return f"drop {database}"
        case RenameDatabase(source=source, target=target):
            return f"rename {source} to {target}"
        case StartReplicas(replicas=replicas, cell=cell, moves_schema=moves_schema):
            moving = ", which move the schema" if moves_schema else ""
            return f"start {', '.join(map(_describe_replica, replicas))}{moving}{f'  [{cell}]' if cell else ''}"
        case StopReplicas(replicas=names):
            return f"stop {', '.join(names)}"
        case WarmUp(replicas=names, runs=runs):
            return f"warm {', '.join(names)}: every journey {runs} times since the last error"
        case Migrate(database=database, label=label, cell=cell):
            return f"migrate {database} to {label}{f'  [{cell}]' if cell else ''}"
        case AskHealth(replicas=names, cell=cell):
            return f"ask health of {', '.join(names)}  [{cell}]"
        case Drive(cell=cell, rounds=rounds, leave=leave):
            paused = f"; {len(leave)} left paused" if leave else ""
            return f"drive {len(rounds)} x ({_describe_attempts(rounds[0])}){paused}  [{cell}]"
        case LeaveAlone(replicas=names, cell=cell):
            return f"leave {', '.join(names)} alone from here on  [{cell}]"
        case AwaitBackground(replicas=names, duration_s=duration_s, cell=cell):
            return f"wait until {', '.join(names)} were left alone for {duration_s:g} s  [{cell}]"
        case PlanStatements(database=database, label=label):
            return f"plan the old release's statements on {database}{f' behind {label}' if label else ''}"
        case WatchLocks(database=database):
            return f"watch the locks of migrations on {database}"
        case HoldTransaction(database=database, duration_s=duration_s):
            return f"hold a transaction open on {database} for {duration_s:g} s beside the next migration"
        case MigrateUnderTraffic(database=database, revisions=revisions, label=label, replicas=names, load=load):
            what = label if label != ROLLOUT else f"{revisions[-1]} by one call, as deployed,"
            through = f"{load.clients} clients, {load.rate_per_s:g} segments a second, through {', '.join(names)}"
            return f"migrate {database} to {what} under traffic: {through if names else 'none'}"
        case OpenTraffic(replicas=names, load=load):
            pace = f"{load.clients} clients, {load.rate_per_s:g} segments a second"
            return f"open traffic: {pace}, through {', '.join(names)}"
        case RouteTraffic(replicas=names):
            return f"route traffic to {', '.join(names) or 'nobody'}"
        case RetireReplicas(replicas=names, drain=drain):
            return f"stop {', '.join(names)} with a request under way; no more traffic {drain} the signal"
        case CountTraffic(state=state):
            return f"count requests: {state}"
        case TearMigration(source=source, label=label, replica=name):
            return f"migrate copies of {source} to {label}, killed at each point, let {name} serve there, run again"
        case BootTogether(replicas=names, database=database, cut=cut):
            held = "cut off while they migrate" if cut else "held up until all of them wait"
            return f"start {', '.join(names)} on {database} at once, {held}"
        case AskUnderLock(database=database, replicas=names):
            return f"ask the probes of {names[0]} while every table of {database} is locked"
        case RunTask(database=database, task=task):
            return f"run the task {task} on {database}"
        case TryTask(source=source, task=task, point=point, replicas=replicas):
            beside = f"twice, killed half-way and again, and beside {', '.join(replicas)}"
            return f"run the task {task} on copies of {source}, {point}: {beside}"
        case CloseTraffic():
            return "close traffic"
    assert_never(step)


def _describe_replica(replica: Replica) -> str:
    return f"{replica.name} on {replica.database}{' by boot and serve' if replica.boot else ''}"


def _describe_attempts(attempts: tuple[Attempt, ...]) -> str:
    """What one pass does with each journey."""
    return ", ".join(dict.fromkeys(f"{attempt.origin} > {' > '.join(attempt.replicas)}" for attempt in attempts))
