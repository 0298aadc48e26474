"""Walks through plans on paper: which databases there are, what is in them, and who runs, before each step."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from harness.model.release import ReleaseName
from harness.plan.chain_steps import AdvanceDatabase
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
    PrepareDatabase,
    RenameDatabase,
    Replica,
    StartReplicas,
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
    from collections.abc import Iterator, Mapping

    from harness.plan.steps import Numbered, Plan, Step


@dataclass(frozen=True)
class Database:
    """What is in a database: its schema, the releases that wrote to it, the copies whose data it has."""

    applied: tuple[str, ...] = ()
    writers: frozenset[str] = frozenset()
    copies: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Moment:
    """One step, and the world right before it.

    Args:
        stage: Index of the stage.
        track: Name of the track.
        item: The step.
        databases: By name.
        running: Replicas by name.
        started: The place of every copy that was started before: stage, track, and who wrote.
    """

    stage: int
    track: str
    item: Numbered
    databases: Mapping[str, Database]
    running: Mapping[str, Replica]
    started: Mapping[int, Start]

    @property
    def step(self) -> Step:
        return self.item.step

    def release(self, replica: str) -> str:
        return self.running[replica].release

    def database(self, replica: str) -> str:
        return self.running[replica].database


@dataclass(frozen=True)
class Start:
    """Where a copy was started."""

    stage: int
    track: str
    cell: str
    release: str
    attempt: Attempt


@dataclass
class _World:
    databases: dict[str, Database] = field(default_factory=dict)
    running: dict[str, Replica] = field(default_factory=dict)
    started: dict[int, Start] = field(default_factory=dict)


def replay(*plans: Plan) -> Iterator[Moment]:
    """The moments of plans that follow one another; tracks of one stage come one after the other.

    Lenient: what a step takes for granted is for the tests to ask.
    """
    world = _World()
    for plan in plans:
        world.started.clear()  # copies of one plan are not resumed in another
        for stage_index, stage in enumerate(plan.stages):
            for track in stage.tracks:
                for item in track.steps:
                    moment = Moment(
                        stage_index,
                        track.name,
                        item,
                        dict(world.databases),
                        dict(world.running),
                        dict(world.started),
                    )
                    yield moment
                    _do(world, moment, plan)


def _do(world: _World, moment: Moment, plan: Plan) -> None:  # noqa: C901, PLR0912  one case for each kind of step
    databases = world.databases
    match moment.step:
        case PrepareDatabase(database=name, release=release):
            databases[name] = Database(applied=plan.revisions if release == ReleaseName.NEW else ())
        case CloneDatabase(source=source, target=target):
            databases[target] = databases.get(source, Database())
        case RenameDatabase(source=source, target=target):
            databases[target] = databases.pop(source, Database())
        case DropDatabase(database=name):
            databases.pop(name, None)
        case TryTask(source=name, target=target):
            databases[target] = databases[name]
        case TearMigration(source=name, target=target, revision=revision):
            databases[target] = databases[name]
            databases[name] = replace(databases[name], applied=(*databases[name].applied, revision))
        case BootTogether(database=name, replicas=names):
            databases[name] = replace(databases[name], applied=plan.revisions)
            world.running.update((who, Replica(name=who, release=ReleaseName.NEW, database=name)) for who in names)
        case MigrateUnderTraffic(database=name, revisions=more):
            databases[name] = replace(databases[name], applied=(*databases[name].applied, *more))
        case Migrate(database=name, revision=revision):
            databases[name] = replace(databases[name], applied=(*databases[name].applied, revision))
        case StartReplicas(replicas=replicas, moves_schema=moves_schema):
            world.running.update((replica.name, replica) for replica in replicas)
            for name in {replica.database for replica in replicas if moves_schema}:
                databases[name] = replace(databases[name], applied=plan.revisions)
        case StopReplicas(replicas=names):
            for name in names:
                world.running.pop(name, None)
        case Drive() as drive:
            _drive(world, moment, drive)
        case (
            LoadSql()
            | AdvanceDatabase()  # to the old release's head at most, where the steps begin
            | GrantRights()
            | WarmUp()
            | AskHealth()
            | CaptureSchema()
            | PlanStatements()
            | LeaveAlone()
            | AwaitBackground()
            | WatchLocks()
            | HoldTransaction()
            | OpenTraffic()
            | RouteTraffic()
            | RetireReplicas()  # who stays where nobody takes their place is stopped later
            | CountTraffic()
            | CloseTraffic()
            | AskUnderLock()
            | RunTask()
        ):
            pass


def _drive(world: _World, moment: Moment, drive: Drive) -> None:
    for attempt in all_attempts(drive):
        writer = world.running.get(attempt.replicas[0])
        if writer is None:
            continue
        if attempt.origin == "fresh":
            world.started[attempt.copy] = Start(moment.stage, moment.track, str(drive.cell), writer.release, attempt)
        before = world.databases[writer.database]
        world.databases[writer.database] = replace(
            before, writers=before.writers | {writer.release}, copies=before.copies | {attempt.copy}
        )


def all_attempts(drive: Drive) -> list[Attempt]:
    """The attempts of a ``Drive`` in the order in which they are made."""
    return [attempt for attempts in (*drive.rounds, drive.leave) for attempt in attempts]


def replicas_of(step: Step) -> set[str]:
    """Names of running replicas that a step turns to."""
    match step:
        case (
            StopReplicas(replicas=names)
            | WarmUp(replicas=names)
            | AskHealth(replicas=names)
            | LeaveAlone(replicas=names)
            | AwaitBackground(replicas=names)
            | MigrateUnderTraffic(replicas=names)
            | OpenTraffic(replicas=names)
            | RouteTraffic(replicas=names)
            | AskUnderLock(replicas=names)
        ):
            return set(names)
        case RetireReplicas(replicas=names, once_ready=others):
            return {*names, *others}
        case Drive() as drive:
            return {name for attempt in all_attempts(drive) for name in attempt.replicas}
        case _:
            return set()


def databases_of(step: Step) -> tuple[set[str], set[str]]:  # noqa: PLR0911  as above
    """Names of databases that must exist before a step, and of those that must not."""
    match step:
        case PrepareDatabase(database=name):
            return set(), {name}
        case CloneDatabase(source=source, target=target) | RenameDatabase(source=source, target=target):
            return {source}, {target}
        case (
            LoadSql(database=name)
            | AdvanceDatabase(database=name)
            | Migrate(database=name)
            | DropDatabase(database=name)
            | CaptureSchema(database=name)
            | PlanStatements(database=name)
            | GrantRights(database=name)
            | WatchLocks(database=name)
            | HoldTransaction(database=name)
            | MigrateUnderTraffic(database=name)
            | AskUnderLock(database=name)
            | RunTask(database=name)
        ):
            return {name}, set()
        case TryTask(source=source) | TearMigration(source=source):
            return {source}, set()
        case BootTogether(source=source, reference=reference, database=name):
            return {source, reference, name}, set()
        case StartReplicas(replicas=replicas):
            return {replica.database for replica in replicas}, set()
        case StopReplicas() | WarmUp() | AskHealth() | Drive() | LeaveAlone() | AwaitBackground():
            return set(), set()
        case OpenTraffic() | RouteTraffic() | RetireReplicas() | CountTraffic() | CloseTraffic():
            return set(), set()


def databases_changed_by(step: Step) -> set[str]:
    """Names of databases that a step makes, takes away or changes; one that is copied stays what it is."""
    needed, made = databases_of(step)
    match step:
        case CloneDatabase():
            return made
        case TryTask(target=target) | TearMigration(target=target):
            return {*needed, target}
        case BootTogether(database=name):
            return {name}
        case _:
            return needed | made
