"""Decides the whole walk: which schema, which fleet, which journeys through whom, in which order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.model.cell import BASE, ROLLOUT, ROLLOUT_ACTORS, Actor, Cell
from harness.model.release import ReleaseName
from harness.model.rollout import Change, Strategy, plan_rollout
from harness.plan.builder import ROUNDS, Origin, PlanBuilder
from harness.plan.steps import (
    AskHealth,
    Attempt,
    CaptureSchema,
    CloneDatabase,
    DropDatabase,
    GrantRights,
    LeaveAlone,
    LoadSql,
    Migrate,
    Plan,
    PrepareDatabase,
    RenameDatabase,
    Replica,
    StartReplicas,
    StopReplicas,
    WarmUp,
)

if TYPE_CHECKING:
    from harness.model.revision import Revision

#: psycopg 3 prepares a statement that was executed five times on a connection before (``prepare_threshold``), asyncpg
#: at once; so the sixth execution is the first that leaves it prepared.
WARM_RUNS = 6

#: How far copies have come when the rollout leaves them paused: a story may write in its second segment too.
_DEPTHS = (1, 2)

#: The database in which the old release makes the first state, and which every other one is copied from.
SEED = "seed"
#: The database across which the old fleet stays up.
LIVE = "live"
#: The database on which the new release meets each earlier schema.
LANE = "lane"
#: Where the lane waits while the new release writes into it.
PARKED = "parked"
#: A copy for an old replica that runs its ``boot`` command, which may change the schema.
BOOT = "boot"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What a plan is made for.

    Args:
        name: Of the rehearsal.
        revisions: The steps of the schema, in order.
        journeys: Names, in order.
        strategy: How replicas are replaced.
        old_boot: Whether the old release has a ``boot`` command.
        new_boot: Whether the new one has.
        seed: Path of the user's SQL file, if any.
        background_s: Seconds for which the old fleet is left alone behind each step, to see its background work.
        restricted: Whether replicas act as a role with rights on rows alone.
        at_boot: Whether new replicas run the steps themselves when they start.
    """

    name: str
    revisions: tuple[Revision, ...]
    journeys: tuple[str, ...]
    strategy: Strategy = field(default_factory=Strategy)
    old_boot: bool = False
    new_boot: bool = False
    seed: str | None = None
    background_s: float = 0.0
    restricted: bool = False
    at_boot: bool = False


def plan_cells(subject: Subject) -> tuple[Cell, ...]:
    """Every cell of a rehearsal, in the order in which reports and test items show them."""
    actors = [Actor.OLD_WARM, Actor.OLD_COLD, Actor.OLD_BOOT, Actor.NEW_AHEAD, Actor.NEW_WARM]
    if not subject.old_boot:
        actors.remove(Actor.OLD_BOOT)
    return (
        Cell(BASE, Actor.CONTROL),
        Cell(ROLLOUT, Actor.NEW_CONTROL),
        *(Cell(revision.label, actor) for revision in subject.revisions for actor in actors),
        *(Cell(ROLLOUT, actor) for actor in ROLLOUT_ACTORS),
    )


def plan_walk(subject: Subject) -> Plan:
    """The walk over all steps: the old release across each of them, and the new one ahead of each of them."""
    builder = PlanBuilder(subject.journeys)
    seeded = _plan_first_state(builder, subject)
    builder.stage("every step")
    _plan_old_across_steps(builder, subject)
    _plan_new_ahead_of_steps(builder, subject, seeded)
    return finish(subject, builder)


def plan_rollout_at(subject: Subject, split: int, *, first_number: int = 1) -> Plan:
    """The rollout itself: the first ``split`` steps before the code, the others after it.

    The code is rolled back, and forward again, before the steps that come after it: behind those the old release
    need not work any more. Where new replicas migrate at boot, the first of them run all steps, whatever the split.

    Args:
        subject: What the plan is made for.
        split: How many steps run before the first new replica.
        first_number: Number of the first step; goes on after those of the walk.
    """
    builder = PlanBuilder(subject.journeys)
    old = _fleet(subject, ReleaseName.OLD, "roll-")
    new = _fleet(subject, ReleaseName.NEW, "roll-")
    back = _fleet(subject, ReleaseName.OLD, "back-")
    builder.stage("the rollout")
    builder.track("rollout")
    builder.add(DropDatabase(database=LIVE), CloneDatabase(source=SEED, target=LIVE), StartReplicas(replicas=old))
    base = Origin(str(Cell(BASE, Actor.CONTROL)), _names(old))
    builder.drive(Cell(BASE, Actor.CONTROL), [_round(builder, _names(old))], base)
    before, after = subject.revisions[:split], subject.revisions[split:]
    if subject.at_boot:
        before = after = ()
        builder.add(_warm_up(subject, _names(old), Cell(ROLLOUT, Actor.MIXED)))
    between = [base]
    for revision in before:  # what the old release writes between two steps, the new one finds
        builder.add(migrate(LIVE, revision))
        between.append(Origin(f"{Cell(ROLLOUT, Actor.OLD)} behind {revision.label}", _names(old)))
        builder.drive(Cell(ROLLOUT, Actor.OLD), [_round(builder, _names(old)) for _ in range(ROUNDS)], between[-1])
    origins = [*between, *_replace(builder, subject, old, new, between[-1])]
    written = _drive(builder, Cell(ROLLOUT, Actor.NEW), new, origins, _DEPTHS)
    cell = Cell(ROLLOUT, Actor.ROLL_BACK)
    builder.add(StartReplicas(replicas=back, cell=cell), StopReplicas(replicas=_names(new)))
    written_back = _drive(builder, cell, back, [base, written], _DEPTHS)
    last = back
    if after:
        last = _fleet(subject, ReleaseName.NEW, "forward-")
        builder.add(StartReplicas(replicas=last, cell=Cell(ROLLOUT, Actor.NEW)), StopReplicas(replicas=_names(back)))
        for revision in after:
            builder.add(_warm_up(subject, _names(last), Cell(ROLLOUT, Actor.NEW)))
            builder.add(migrate(LIVE, revision, Cell(ROLLOUT, Actor.NEW)))
            written_back = _drive(builder, Cell(ROLLOUT, Actor.NEW), last, [base, written_back])
    builder.add(StopReplicas(replicas=_names(last)))
    return finish(subject, builder, first_number=first_number)


def _replace(
    builder: PlanBuilder, subject: Subject, old: tuple[Replica, ...], new: tuple[Replica, ...], base: Origin
) -> list[Origin]:
    """Replaces replicas as a Deployment does, and drives both releases wherever both serve."""
    cell = Cell(ROLLOUT, Actor.MIXED)
    running = list(_names(old))
    joined: list[str] = []
    origins: list[Origin] = []
    moves_schema = subject.at_boot
    for changes in _at_once(plan_rollout(subject.strategy), starts=subject.at_boot):
        if changes[0].start:
            replicas = tuple(new[change.index - 1] for change in changes)
            builder.add(StartReplicas(replicas=replicas, cell=cell, moves_schema=moves_schema))
            moves_schema = False
            joined.extend(_names(replicas))
        else:
            builder.add(StopReplicas(replicas=(running.pop(0),)))
        if running and joined:
            one, other = running[-1], joined[-1]
            rounds = [
                builder.fresh(one, other)
                + builder.fresh(other, one)
                + builder.resumed(base, other)
                + builder.resumed(base, one)
                for _ in range(ROUNDS)
            ]
            origins = [Origin(f"{cell} by old", (one,)), Origin(f"{cell} by new", (other,))]
            builder.drive(cell, rounds, *origins)
    return origins


def _at_once(changes: tuple[Change, ...], *, starts: bool) -> list[list[Change]]:
    """One change after the other; with ``starts``, replicas that a Deployment starts together migrate together."""
    groups: list[list[Change]] = []
    for change in changes:
        if starts and change.start and groups and groups[-1][0].start:
            groups[-1].append(change)
        else:
            groups.append([change])
    return groups


def _plan_first_state(builder: PlanBuilder, subject: Subject) -> Origin:
    """The old release makes the database and its data, alone; what it leaves paused is resumed on every copy."""
    builder.stage("first state")
    builder.track("seed")
    builder.add(PrepareDatabase(database=SEED, release=ReleaseName.OLD))
    if subject.seed:
        builder.add(LoadSql(database=SEED, path=subject.seed))
    if subject.restricted:
        builder.add(GrantRights(database=SEED))
    replicas = (Replica(name="old-seed", release=ReleaseName.OLD, database=SEED),)
    builder.add(StartReplicas(replicas=replicas))
    seeded = _drive(builder, Cell(BASE, Actor.CONTROL), replicas, [])
    builder.add(StopReplicas(replicas=_names(replicas)), CloneDatabase(source=SEED, target=LIVE))
    return seeded


def _plan_old_across_steps(builder: PlanBuilder, subject: Subject) -> None:
    """One old fleet stays up across all steps; after each, a fresh old replica joins it."""
    builder.track("live")
    fleet = _fleet(subject, ReleaseName.OLD, "")
    names = _names(fleet)
    builder.add(StartReplicas(replicas=fleet))
    control = before = _drive(builder, Cell(BASE, Actor.CONTROL), fleet, [])
    _leave_alone(builder, subject, names, Cell(BASE, Actor.CONTROL))
    travellers: tuple[dict[str, int], ...] = tuple({} for _ in range(ROUNDS))
    for index, revision in enumerate(subject.revisions):
        warm, cold = Cell(revision.label, Actor.OLD_WARM), Cell(revision.label, Actor.OLD_COLD)
        builder.add(_warm_up(subject, names, warm), migrate(LIVE, revision, warm))
        origins = [control] if before is control else [control, before]
        rounds = [
            _round(builder, names)
            + _read(builder, names, origins)
            + builder.travelling(travellers[pass_], control, names[index % len(names)])
            for pass_ in range(ROUNDS)
        ]
        before = Origin(str(warm), names)
        builder.drive(warm, rounds, before)
        _leave_alone(builder, subject, names, warm)
        builder.add(AskHealth(replicas=names, cell=warm))
        fresh = (Replica(name=f"old-cold-{index + 1}", release=ReleaseName.OLD, database=LIVE),)
        name = fresh[0].name
        builder.add(StartReplicas(replicas=fresh, cell=cold))
        rounds = [builder.fresh(name) + _read(builder, (name,), [control, before]) for _ in range(ROUNDS)]
        builder.drive(cold, rounds)
        builder.add(StopReplicas(replicas=(name,)))
    builder.add(StopReplicas(replicas=names))


def _plan_new_ahead_of_steps(builder: PlanBuilder, subject: Subject, seeded: Origin) -> None:
    """The new release on each schema that is too old for it, and warm across the step that follows.

    The lane is parked while the new release writes into it, so that each schema is met with the old release's data
    alone, whatever the new one did at the step before.
    """
    builder.track("lane")
    control = (Replica(name="new-control", release=ReleaseName.NEW, database=LANE),)
    if subject.seed:  # written for the old release's schema, so it comes to the new one's by its migrations
        builder.add(PrepareDatabase(database=LANE, release=ReleaseName.OLD), LoadSql(database=LANE, path=subject.seed))
        builder.add(*(migrate(LANE, revision) for revision in subject.revisions))
    else:
        builder.add(PrepareDatabase(database=LANE, release=ReleaseName.NEW, cell=Cell(ROLLOUT, Actor.NEW_CONTROL)))
    if subject.restricted:  # behind all steps, so that a right that a step forgets is the step's fault, not the code's
        builder.add(GrantRights(database=LANE))
    builder.add(StartReplicas(replicas=control, cell=Cell(ROLLOUT, Actor.NEW_CONTROL)))
    _drive(builder, Cell(ROLLOUT, Actor.NEW_CONTROL), control, [])
    builder.add(StopReplicas(replicas=_names(control)), DropDatabase(database=LANE))
    builder.add(CloneDatabase(source=SEED, target=LANE), CaptureSchema(database=LANE))
    for index, revision in enumerate(subject.revisions):
        ahead, warm = Cell(revision.label, Actor.NEW_AHEAD), Cell(revision.label, Actor.NEW_WARM)
        new = (Replica(name=f"new-ahead-{index + 1}", release=ReleaseName.NEW, database=LANE),)
        builder.add(CloneDatabase(source=LANE, target=PARKED), StartReplicas(replicas=new, cell=ahead))
        written = _drive(builder, ahead, new, [seeded])
        builder.add(_warm_up(subject, _names(new), warm))
        builder.add(migrate(LANE, revision, warm, ends_track=False))
        _drive(builder, warm, new, [seeded, written])
        builder.add(AskHealth(replicas=_names(new), cell=warm))
        builder.add(StopReplicas(replicas=_names(new)), DropDatabase(database=LANE))
        builder.add(RenameDatabase(source=PARKED, target=LANE), migrate(LANE, revision))
        builder.add(CaptureSchema(database=LANE, label=revision.label))
        if subject.old_boot:
            cell = Cell(revision.label, Actor.OLD_BOOT)
            old = (Replica(name=f"old-boot-{index + 1}", release=ReleaseName.OLD, database=BOOT, boot=True),)
            builder.add(CloneDatabase(source=LANE, target=BOOT), StartReplicas(replicas=old, cell=cell))
            _drive(builder, cell, old, [seeded])
            builder.add(StopReplicas(replicas=_names(old)), DropDatabase(database=BOOT))
    builder.add(DropDatabase(database=LANE))


def _drive(
    builder: PlanBuilder,
    cell: Cell,
    replicas: tuple[Replica, ...],
    origins: list[Origin],
    depths: tuple[int, ...] = (1,),
) -> Origin:
    """Fresh copies through all given replicas, and paused ones from the given origins, as often as there are passes."""
    names = _names(replicas)
    rounds = [_round(builder, names) + _read(builder, names, origins, depths) for _ in range(ROUNDS)]
    origin = Origin(str(cell), names)
    builder.drive(cell, rounds, origin)
    return origin


def _round(builder: PlanBuilder, names: tuple[str, ...]) -> list[Attempt]:
    """Every replica writes once, and the next one reads."""
    return [attempt for i, name in enumerate(names) for attempt in builder.fresh(name, names[(i + 1) % len(names)])]


def _read(
    builder: PlanBuilder, names: tuple[str, ...], origins: list[Origin], depths: tuple[int, ...] = (1,)
) -> list[Attempt]:
    """Paused copies from each origin, each through another replica."""
    return [
        attempt
        for i, origin in enumerate(origins)
        for depth in depths
        for attempt in builder.resumed(origin, names[(i + depth - 1) % len(names)], depth=depth)
    ]


def _leave_alone(builder: PlanBuilder, subject: Subject, names: tuple[str, ...], cell: Cell) -> None:
    if subject.background_s:
        builder.add(LeaveAlone(replicas=names, duration_s=subject.background_s, cell=cell))


def _warm_up(subject: Subject, names: tuple[str, ...], cell: Cell) -> WarmUp:
    return WarmUp(replicas=names, journeys=subject.journeys, runs=WARM_RUNS, cell=cell)


def migrate(database: str, revision: Revision, cell: Cell | None = None, *, ends_track: bool = True) -> Migrate:
    """One step of the schema; see :class:`Migrate`."""
    return Migrate(database=database, revision=revision.id, label=revision.label, cell=cell, ends_track=ends_track)


def _fleet(subject: Subject, release: ReleaseName, prefix: str) -> tuple[Replica, ...]:
    boot = subject.new_boot and release is ReleaseName.NEW
    return tuple(
        Replica(name=f"{release}-{prefix}{i + 1}", release=release, database=LIVE, boot=boot)
        for i in range(subject.strategy.replicas)
    )


def _names(replicas: tuple[Replica, ...]) -> tuple[str, ...]:
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
