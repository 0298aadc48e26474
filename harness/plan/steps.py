"""What a plan is made of: frozen steps, numbered, decided before anything starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from harness.model.cell import OWN, Actor, Cell
from harness.plan.chain_steps import AdvanceDatabase
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

#: So many segments a journey is moved where it starts and ends in one state: more than any story has. One that is not
#: at its end then (``while True: yield``) never will be, and is moved less often from there on; see the driver.
FULL_RUN = 12


@dataclass(frozen=True, kw_only=True)
class Replica:
    """One running process of one release.

    Args:
        name: Unique in the plan, e.g. ``old-1``.
        release: What it runs.
        database: What it is connected to.
        boot: Whether ``boot`` is run before ``serve``.
        bypass: Whether the variables of ``bypass`` are set.
    """

    name: str
    release: str
    database: str
    boot: bool = False
    bypass: bool = False


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """Moves one copy of a journey, through given replicas.

    Args:
        copy: Number of the copy, unique in the rehearsal.
        journey: The journey's name.
        origin: ``fresh``, or the text of the cell in which this copy was started.
        replicas: Who answers: the first segment goes to the first, and so on, over again where there are more.
        moves: How many segments at most; a journey may end sooner.
    """

    copy: int
    journey: str
    origin: str
    replicas: tuple[str, ...]
    moves: int


@dataclass(frozen=True, kw_only=True)
class PrepareDatabase:
    """A database in the state to which a release brings an empty one: by its ``init``, or its migrations.

    Args:
        database: Its name.
        release: Whose way it is made in.
        cell: The cell that a failure counts for; None where a failure ends the rehearsal.
    """

    database: str
    release: str
    cell: Cell | None = None


@dataclass(frozen=True, kw_only=True)
class LoadSql:
    """The user's own seed data."""

    database: str
    path: str


@dataclass(frozen=True, kw_only=True)
class GrantRights:
    """Gives the role that replicas act as its rights on the rows of all that is in a database now.

    What comes later it gets from the migrations that make it, or not at all.
    """

    database: str


@dataclass(frozen=True, kw_only=True)
class CloneDatabase:
    """A copy of a database that has no sessions."""

    source: str
    target: str


@dataclass(frozen=True, kw_only=True)
class DropDatabase:
    """A database that is not needed any more."""

    database: str


@dataclass(frozen=True, kw_only=True)
class RenameDatabase:
    """Puts a parked copy in place."""

    source: str
    target: str


@dataclass(frozen=True, kw_only=True)
class StartReplicas:
    """Starts replicas at once and waits until each is ready.

    Args:
        replicas: What to start.
        cell: For which cell; None where a failure ends the rehearsal.
        moves_schema: Whether their own start is to bring the schema to its head.
        within_s: Seconds in which they have to become ready; None leaves it to the release.
        stay_ready_s: Seconds for which they have to stay ready before they count.
    """

    replicas: tuple[Replica, ...]
    cell: Cell | None = None
    moves_schema: bool = False
    within_s: float | None = None
    stay_ready_s: float = 0.0


@dataclass(frozen=True, kw_only=True)
class StopReplicas:
    """SIGTERM, the grace period, SIGKILL."""

    replicas: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class WarmUp:
    """Runs every journey that works until each replica has run it ``runs`` times since its last error.

    Drivers prepare a statement only after some executions on one connection (psycopg 3: five), and only a prepared
    statement shows what a warm connection suffers.

    Args:
        replicas: Whom.
        journeys: Which.
        runs: How often on each connection.
        cell: What comes after the step that follows.
    """

    replicas: tuple[str, ...]
    journeys: tuple[str, ...]
    runs: int
    cell: Cell


@dataclass(frozen=True, kw_only=True)
class Migrate:
    """Moves a schema by one revision, in the new release's environment.

    Args:
        database: Where.
        revision: Alembic's id.
        label: Readable name.
        cell: The cell that a failure counts for, if one.
        ends_track: Whether the rest of the track has no sense where it fails.
    """

    database: str
    revision: str
    label: str
    cell: Cell | None = None
    ends_track: bool = True


@dataclass(frozen=True, kw_only=True)
class AskHealth:
    """Asks readiness and liveness as the kubelet does.

    It comes after the journeys: a probe that looks at the database may roll back on the very connection that was
    warmed, and with psycopg 3 a rollback drops the prepared statements that the journeys are to meet.
    """

    replicas: tuple[str, ...]
    cell: Cell


@dataclass(frozen=True, kw_only=True)
class Drive:
    """Runs journeys at a state.

    Args:
        cell: What they count for.
        rounds: Passes, one after the other.
        leave: Copies that are started and left paused for later states.
    """

    cell: Cell
    rounds: tuple[tuple[Attempt, ...], ...]
    leave: tuple[Attempt, ...] = ()

    @property
    def is_control(self) -> bool:
        """Whether a failure ends the rehearsal: the old release, or one before it, must pass on its own schema."""
        return self.cell.actor is Actor.CONTROL or (self.cell.actor is Actor.EARLIER and self.cell.step == OWN)


@dataclass(frozen=True, kw_only=True)
class CaptureSchema:
    """Looks at a schema in the system catalogs, and tells what changed since the last look at this database.

    Args:
        database: Where; nobody else is connected to it.
        label: The step that led here; None at the first look.
    """

    database: str
    label: str | None = None


Step: TypeAlias = (
    CaptureSchema
    | PrepareDatabase
    | AdvanceDatabase
    | LoadSql
    | GrantRights
    | CloneDatabase
    | DropDatabase
    | RenameDatabase
    | StartReplicas
    | StopReplicas
    | WarmUp
    | Migrate
    | AskHealth
    | Drive
    | LeaveAlone
    | AwaitBackground
    | PlanStatements
    | WatchLocks
    | HoldTransaction
    | MigrateUnderTraffic
    | OpenTraffic
    | RouteTraffic
    | RetireReplicas
    | CountTraffic
    | CloseTraffic
    | TearMigration
    | BootTogether
    | AskUnderLock
    | RunTask
    | TryTask
)


@dataclass(frozen=True, kw_only=True)
class Numbered:
    """A step and its number in the plan."""

    number: int
    step: Step


@dataclass(frozen=True, kw_only=True)
class Track:
    """Steps that follow one another; tracks of one stage touch no common database and run side by side."""

    name: str
    steps: tuple[Numbered, ...]


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Tracks that run side by side; stages follow one another."""

    name: str
    tracks: tuple[Track, ...]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The whole schedule.

    Args:
        name: Of the rehearsal.
        revisions: Ids of the steps of the schema, in order.
        labels: Their readable names.
        journeys: Names, in order.
        stages: What is done.
        cells: Every cell that will be judged, in the order of the walk.
    """

    name: str
    revisions: tuple[str, ...]
    labels: tuple[str, ...]
    journeys: tuple[str, ...]
    stages: tuple[Stage, ...]
    cells: tuple[Cell, ...]

    @property
    def last_number(self) -> int:
        """Number of its last step; 0 where it has none."""
        return max((item.number for stage in self.stages for track in stage.tracks for item in track.steps), default=0)
