"""What plans are made for, the names that they share, and the moves that they are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.model.cell import BASE, BASE_ACTORS, ROLLOUT, ROLLOUT_ACTORS, STEP_ACTORS, Actor, Cell
from harness.model.release import ReleaseName
from harness.model.rollout import Strategy
from harness.model.settings import Load
from harness.plan.builder import ROUNDS, Origin, PlanBuilder
from harness.plan.steps import Attempt, Migrate, Plan, Replica, StartReplicas, WarmUp
from harness.plan.watch_steps import AwaitBackground, LeaveAlone

if TYPE_CHECKING:
    from harness.model.revision import Revision
    from harness.model.task import Task

#: psycopg 3 prepares a statement that was executed five times on a connection before (``prepare_threshold``), asyncpg
#: at once; so the sixth execution is the first that leaves it prepared.
WARM_RUNS = 6

#: The database in which the old release makes the first state, and which every other one is copied from.
SEED = "seed"
#: The database across which the old fleet stays up.
LIVE = "live"
#: The database on which the new release meets each earlier schema.
LANE = "lane"
#: Where the lane waits while the new release writes into it.
PARKED = "parked"
#: The database on which the whole deployment is tried under traffic.
DEPLOYED = "deployed"
#: A copy in which the migrator is killed, and a copy of what it left, for a replica that serves on it.
HALF = "half"
TORN = "torn"
#: The database on which the releases before the old one meet each schema, and the copy that each of them is tried on.
EARLIER = "earlier"
TRIED = "tried"
#: A copy for an old replica that runs its ``boot`` command, which may change the schema.
BOOT = "boot"


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """A release of a chain before the old one, and the steps that lead to the next.

    Args:
        name: What it is called.
        before: Ids of those that are run while it still serves.
        after: Ids of those that are run when it is gone.
    """

    name: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What a plan is made for.

    Args:
        name: Of the rehearsal.
        revisions: The steps of the schema, in order.
        journeys: Names, in order.
        strategy: How replicas are replaced.
        old_boot: Whether the old release has a ``boot`` command.
        old_bypass: Whether its start is tried with other variables too.
        new_boot: Whether the new one has.
        seed: Path of the user's SQL file, if any.
        background_s: Seconds for which the old fleet is left alone behind each step, to see its background work.
        load: What is sent in the background while migrations run.
        tear: Whether the migrator is killed half-way through each step, and run again.
        split: How many steps the settings put before the code; None for all of them.
        restricted: Whether replicas act as a role with rights on rows alone.
        at_boot: Whether new replicas run the steps themselves when they start.
        tasks: One-off tasks, those that are run behind a step with its label.
        earlier: The releases of a chain before the old one, the oldest first.
        old_runs: Whether the old release runs already, connected to ``LIVE``, and is never started anew.
    """

    name: str
    revisions: tuple[Revision, ...]
    journeys: tuple[str, ...]
    strategy: Strategy = field(default_factory=Strategy)
    old_boot: bool = False
    old_bypass: bool = False
    new_boot: bool = False
    seed: str | None = None
    background_s: float = 0.0
    load: Load = field(default_factory=Load)
    tear: bool = True
    split: int | None = None
    restricted: bool = False
    at_boot: bool = False
    tasks: tuple[Task, ...] = ()
    earlier: tuple[Earlier, ...] = ()
    old_runs: bool = False

    @property
    def before(self) -> tuple[Revision, ...]:
        """The steps that the settings put before the code."""
        return self.revisions[: self.split]

    @property
    def after(self) -> tuple[Revision, ...]:
        """Those that they put after it."""
        return self.revisions[len(self.before) :]


def plan_cells(subject: Subject) -> tuple[Cell, ...]:
    """Every cell of a rehearsal, in the order in which reports and test items show them."""
    left_out = {
        *(() if subject.old_boot else (Actor.OLD_BOOT,)),
        *(() if subject.old_bypass else (Actor.OLD_BYPASS,)),
    }
    actors = [actor for actor in STEP_ACTORS if actor not in left_out]
    return (
        Cell(BASE, Actor.CONTROL),
        *(Cell(BASE, actor) for actor in BASE_ACTORS if actor in actors),
        Cell(ROLLOUT, Actor.NEW_CONTROL),
        *(Cell(revision.label, actor) for revision in subject.revisions for actor in actors),
        *(Cell(ROLLOUT, actor) for actor in ROLLOUT_ACTORS),
    )


def drive_all(
    builder: PlanBuilder,
    cell: Cell,
    replicas: tuple[Replica, ...],
    origins: list[Origin],
    depths: tuple[int, ...] = (1,),
    *,
    when: str = "",
) -> Origin:
    """Fresh copies through all given replicas, and paused ones from the given origins, as often as there are passes.

    Args:
        builder: Gets the step.
        cell: What it counts for.
        replicas: Who is driven.
        origins: Where the paused copies were left.
        depths: How many segments these had run there.
        when: Tells this place from another of the same cell.
    """
    names = names_of(replicas)
    rounds = [pass_on(builder, names) + read_paused(builder, names, origins, depths) for _ in range(ROUNDS)]
    origin = Origin(f"{cell} {when}".strip(), names)
    builder.drive(cell, rounds, origin)
    return origin


def pass_on(builder: PlanBuilder, names: tuple[str, ...]) -> list[Attempt]:
    """Every replica writes once, and the next one reads."""
    return [attempt for i, name in enumerate(names) for attempt in builder.fresh(name, names[(i + 1) % len(names)])]


def read_paused(
    builder: PlanBuilder, names: tuple[str, ...], origins: list[Origin], depths: tuple[int, ...] = (1,)
) -> list[Attempt]:
    """Paused copies from each origin, each through another replica."""
    return [
        attempt
        for i, origin in enumerate(origins)
        for depth in depths
        for attempt in builder.resumed(origin, names[(i + depth - 1) % len(names)], depth=depth)
    ]


def leave_alone(builder: PlanBuilder, subject: Subject, names: tuple[str, ...], cell: Cell) -> None:
    """Begins a while in which nobody asks these replicas, where the settings want one."""
    if subject.background_s:
        builder.add(LeaveAlone(replicas=names, cell=cell))


def await_background(builder: PlanBuilder, subject: Subject, names: tuple[str, ...], cell: Cell) -> None:
    """Ends it; what was done between the two counts as waiting."""
    if subject.background_s:
        builder.add(AwaitBackground(replicas=names, duration_s=subject.background_s, cell=cell))


def warm_up(subject: Subject, names: tuple[str, ...], cell: Cell) -> WarmUp:
    """Every journey through every replica until nothing is cold any more."""
    return WarmUp(replicas=names, journeys=subject.journeys, runs=WARM_RUNS, cell=cell)


def migrate(database: str, revision: Revision, cell: Cell | None = None, *, ends_track: bool = True) -> Migrate:
    """One step of the schema; see :class:`Migrate`."""
    return Migrate(database=database, revision=revision.id, label=revision.label, cell=cell, ends_track=ends_track)


def make_fleet(subject: Subject, release: ReleaseName, prefix: str) -> tuple[Replica, ...]:
    """All replicas of a release on the live database; the prefix keeps fleets of one plan apart."""
    boot = subject.new_boot and release is ReleaseName.NEW
    return tuple(
        Replica(name=f"{release}-{prefix}{i + 1}", release=release, database=LIVE, boot=boot)
        for i in range(subject.strategy.replicas)
    )


def start_in_rollout(
    subject: Subject, replicas: tuple[Replica, ...], cell: Cell, *, moves_schema: bool = False
) -> StartReplicas:
    """Starts replicas that take the place of others, in the time and with the patience of the strategy."""
    return StartReplicas(
        replicas=replicas,
        cell=cell,
        moves_schema=moves_schema,
        within_s=subject.strategy.progress_deadline_s,
        stay_ready_s=subject.strategy.min_ready_s,
    )


def names_of(replicas: tuple[Replica, ...]) -> tuple[str, ...]:
    """Their names."""
    return tuple(replica.name for replica in replicas)


def finish(subject: Subject, builder: PlanBuilder, *, first_number: int = 1) -> Plan:
    """Numbers what was built, and adds what a plan says of its subject."""
    return Plan(
        name=subject.name,
        revisions=tuple(revision.id for revision in subject.revisions),
        labels=tuple(revision.label for revision in subject.revisions),
        journeys=subject.journeys,
        stages=builder.build(first_number),
        cells=plan_cells(subject),
    )
