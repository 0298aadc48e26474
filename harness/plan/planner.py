"""Decides the walk: which schema, which fleet, which journeys through whom, in which order."""

from __future__ import annotations

from harness.model.cell import BASE, ROLLOUT, TRAFFIC, Actor, Cell
from harness.model.release import ReleaseName
from harness.plan.builder import ROUNDS, Origin, PlanBuilder
from harness.plan.history import plan_earlier_across_steps, plan_first_schema, plan_history
from harness.plan.steps import (
    AskHealth,
    CaptureSchema,
    CloneDatabase,
    DropDatabase,
    GrantRights,
    Plan,
    PrepareDatabase,
    RenameDatabase,
    Replica,
    StartReplicas,
    StopReplicas,
    WarmUp,
)
from harness.plan.subject import (
    BOOT,
    EARLIER,
    LANE,
    LIVE,
    PARKED,
    SEED,
    Subject,
    await_background,
    drive_all,
    finish,
    leave_alone,
    make_fleet,
    migrate,
    names_of,
    pass_on,
    read_paused,
    warm_up,
)
from harness.plan.tasks import run_due, steps_ahead_of

#: So many of an application's connections may have been lost without its noticing before it is held against it.
_SETTLING = 5


def plan_walk(subject: Subject) -> Plan:
    """The walk over all steps: the old release across each of them, and the new one ahead of each of them."""
    builder = PlanBuilder(subject.journeys)
    seeded, written = _plan_first_state(builder, subject)
    _plan_new_control(builder, subject)
    builder.stage("every step")
    _plan_old_across_steps(builder, subject)
    _plan_new_ahead_of_steps(builder, subject, seeded)
    if written:
        plan_earlier_across_steps(builder, subject, written)
    return finish(subject, builder)


def plan_state(subject: Subject, task: str) -> Plan:
    """The state that a one-off task meets: the old release's data, and the steps and tasks that come before it.

    Args:
        subject: What the plan is made for.
        task: Its name.
    """
    builder = PlanBuilder(subject.journeys)
    _plan_first_state(builder, subject)
    builder.stage("the task's state")
    builder.track("live")
    builder.add(*steps_ahead_of(subject, LIVE, task))
    return finish(subject, builder)


def _plan_first_state(builder: PlanBuilder, subject: Subject) -> tuple[Origin, dict[str, Origin]]:
    """The old release makes the database and its data, alone; what it leaves paused is resumed on every copy.

    In a chain it finds what the releases before it have left.

    Returns:
        Where it left copies paused, and where each of those before it did.
    """
    builder.stage("first state")
    builder.track("seed")
    first, copy = (LIVE, SEED) if subject.old_runs else (SEED, LIVE)
    written = plan_history(builder, subject, first)
    replicas = (Replica(name="old-seed", release=ReleaseName.OLD, database=first),)
    builder.add(StartReplicas(replicas=replicas))
    _settle(builder, subject, names_of(replicas))
    seeded = drive_all(builder, Cell(BASE, Actor.CONTROL), replicas, [])
    builder.add(StopReplicas(replicas=names_of(replicas)), CloneDatabase(source=first, target=copy))
    if written:
        builder.add(CloneDatabase(source=SEED, target=EARLIER))
    return seeded, written


def _settle(builder: PlanBuilder, subject: Subject, names: tuple[str, ...]) -> None:
    """Lets an application that runs already find out which of its connections are gone.

    They were to a database that a rehearsal has copied or, the one before, dropped; a pool may answer with an error for
    each of them, which is none of the application's doing.
    """
    if subject.old_runs:
        settle = WarmUp(replicas=names, journeys=subject.journeys, runs=1, cell=Cell(TRAFFIC, Actor.OLD))
        builder.add(*[settle] * _SETTLING)


def _plan_old_across_steps(builder: PlanBuilder, subject: Subject) -> None:
    """One old fleet stays up across all steps; after each, a fresh old replica joins it."""
    builder.track("live")
    fleet = make_fleet(subject, ReleaseName.OLD, "")
    names = names_of(fleet)
    builder.add(StartReplicas(replicas=fleet))
    _settle(builder, subject, names)
    control = before = drive_all(builder, Cell(BASE, Actor.CONTROL), fleet, [])
    leave_alone(builder, subject, names, Cell(BASE, Actor.CONTROL))
    if not subject.old_runs:
        _plan_joining(builder, Cell(BASE, Actor.OLD_COLD), "old-cold-0", [control])
    await_background(builder, subject, names, Cell(BASE, Actor.CONTROL))
    travellers: tuple[dict[str, int], ...] = tuple({} for _ in range(ROUNDS))
    for index, revision in enumerate(subject.revisions):
        warm, cold = Cell(revision.label, Actor.OLD_WARM), Cell(revision.label, Actor.OLD_COLD)
        builder.add(warm_up(subject, names, warm), *run_due(subject, LIVE, index), migrate(LIVE, revision, warm))
        origins = [control] if before is control else [control, before]
        rounds = [
            pass_on(builder, names)
            + read_paused(builder, names, origins)
            + builder.travelling(travellers[pass_], control, names[index % len(names)])
            for pass_ in range(ROUNDS)
        ]
        before = Origin(str(warm), names)
        builder.drive(warm, rounds, before)
        leave_alone(builder, subject, names, warm)
        if not subject.old_runs:
            _plan_joining(builder, cold, f"old-cold-{index + 1}", [control, before])
        await_background(builder, subject, names, warm)
        builder.add(AskHealth(replicas=names, cell=warm))
    builder.add(StopReplicas(replicas=names))


def _plan_joining(builder: PlanBuilder, cell: Cell, name: str, origins: list[Origin]) -> None:
    """A further old replica joins the fleet by ``serve`` alone, as after a crash or when there is more to do."""
    builder.add(StartReplicas(replicas=(Replica(name=name, release=ReleaseName.OLD, database=LIVE),), cell=cell))
    rounds = [builder.fresh(name) + read_paused(builder, (name,), origins) for _ in range(ROUNDS)]
    builder.drive(cell, rounds)
    builder.add(StopReplicas(replicas=(name,)))


def _plan_boots(builder: PlanBuilder, subject: Subject, step: str, index: int, seeded: Origin) -> None:
    """An old replica starts as the deployment starts it on a copy of the lane, which it may change.

    By ``boot`` and then ``serve``; and once more with the variables that keep it from minding the schema.
    """
    actors = {Actor.OLD_BOOT: subject.old_boot, Actor.OLD_BYPASS: subject.old_bypass}
    for actor in (actor for actor, asked in actors.items() if asked):
        cell, bypass = Cell(step, actor), actor is Actor.OLD_BYPASS
        old = (
            Replica(
                name=f"{actor}-{index}", release=ReleaseName.OLD, database=BOOT, boot=subject.old_boot, bypass=bypass
            ),
        )
        builder.add(CloneDatabase(source=LANE, target=BOOT), StartReplicas(replicas=old, cell=cell))
        drive_all(builder, cell, old, [seeded])
        builder.add(StopReplicas(replicas=names_of(old)), DropDatabase(database=BOOT))


def _plan_new_control(builder: PlanBuilder, subject: Subject) -> None:
    """The new release on its own schema and no data but its own: what fails here is no step's fault."""
    builder.track("control")
    control = (Replica(name="new-control", release=ReleaseName.NEW, database=LANE),)
    if subject.seed:  # written for the first schema, so it comes to the new release's by the migrations
        plan_first_schema(builder, subject, LANE)
        for index, revision in enumerate(subject.revisions):
            builder.add(*run_due(subject, LANE, index), migrate(LANE, revision))
    else:
        builder.add(PrepareDatabase(database=LANE, release=ReleaseName.NEW, cell=Cell(ROLLOUT, Actor.NEW_CONTROL)))
    if subject.restricted:  # behind all steps, so that a right that a step forgets is the step's fault, not the code's
        builder.add(GrantRights(database=LANE))
    builder.add(StartReplicas(replicas=control, cell=Cell(ROLLOUT, Actor.NEW_CONTROL)))
    drive_all(builder, Cell(ROLLOUT, Actor.NEW_CONTROL), control, [])
    leave_alone(builder, subject, names_of(control), Cell(ROLLOUT, Actor.NEW_CONTROL))
    await_background(builder, subject, names_of(control), Cell(ROLLOUT, Actor.NEW_CONTROL))
    builder.add(StopReplicas(replicas=names_of(control)), DropDatabase(database=LANE))


def _plan_new_ahead_of_steps(builder: PlanBuilder, subject: Subject, seeded: Origin) -> None:
    """The new release on each schema that is too old for it, and warm across the step that follows.

    The lane is parked while the new release writes into it, so that each schema is met with the old release's data
    alone, whatever the new one did at the step before.
    """
    builder.track("lane")
    builder.add(CloneDatabase(source=SEED, target=LANE), CaptureSchema(database=LANE))
    _plan_boots(builder, subject, BASE, 0, seeded)
    for index, revision in enumerate(subject.revisions):
        ahead, warm = Cell(revision.label, Actor.NEW_AHEAD), Cell(revision.label, Actor.NEW_WARM)
        new = (Replica(name=f"new-ahead-{index + 1}", release=ReleaseName.NEW, database=LANE),)
        builder.add(*run_due(subject, LANE, index))
        builder.add(CloneDatabase(source=LANE, target=PARKED), StartReplicas(replicas=new, cell=ahead))
        written = drive_all(builder, ahead, new, [seeded])
        builder.add(warm_up(subject, names_of(new), warm))
        builder.add(migrate(LANE, revision, warm, ends_track=False))
        drive_all(builder, warm, new, [seeded, written])
        builder.add(AskHealth(replicas=names_of(new), cell=warm))
        builder.add(StopReplicas(replicas=names_of(new)), DropDatabase(database=LANE))
        builder.add(RenameDatabase(source=PARKED, target=LANE), migrate(LANE, revision))
        builder.add(CaptureSchema(database=LANE, label=revision.label))
        _plan_boots(builder, subject, revision.label, index + 1, seeded)
    builder.add(DropDatabase(database=LANE))
