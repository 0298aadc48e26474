"""Decides the rollout: how replicas of the new release take over, and how the code goes back."""

from __future__ import annotations

from harness.model.cell import BASE, ROLLOUT, Actor, Cell
from harness.model.release import ReleaseName
from harness.model.rollout import Change, plan_rollout
from harness.plan.builder import ROUNDS, Origin, PlanBuilder
from harness.plan.steps import CloneDatabase, DropDatabase, Plan, Replica, StartReplicas, StopReplicas
from harness.plan.subject import LIVE, SEED, Subject, drive_all, finish, make_fleet, migrate, names_of, pass_on, warm_up

#: How far copies have come when the rollout leaves them paused: a story may write in its second segment too.
_DEPTHS = (1, 2)


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
    old = make_fleet(subject, ReleaseName.OLD, "roll-")
    new = make_fleet(subject, ReleaseName.NEW, "roll-")
    back = make_fleet(subject, ReleaseName.OLD, "back-")
    builder.stage("the rollout")
    builder.track("rollout")
    builder.add(DropDatabase(database=LIVE), CloneDatabase(source=SEED, target=LIVE), StartReplicas(replicas=old))
    base = Origin(str(Cell(BASE, Actor.CONTROL)), names_of(old))
    builder.drive(Cell(BASE, Actor.CONTROL), [pass_on(builder, names_of(old))], base)
    before, after = subject.revisions[:split], subject.revisions[split:]
    if subject.at_boot:
        before = after = ()
        builder.add(warm_up(subject, names_of(old), Cell(ROLLOUT, Actor.MIXED)))
    between = [base]
    for revision in before:  # what the old release writes between two steps, the new one finds
        builder.add(migrate(LIVE, revision))
        between.append(Origin(f"{Cell(ROLLOUT, Actor.OLD)} behind {revision.label}", names_of(old)))
        builder.drive(Cell(ROLLOUT, Actor.OLD), [pass_on(builder, names_of(old)) for _ in range(ROUNDS)], between[-1])
    origins = [*between, *_replace(builder, subject, old, new, between[-1])]
    written = drive_all(builder, Cell(ROLLOUT, Actor.NEW), new, origins, _DEPTHS)
    cell = Cell(ROLLOUT, Actor.ROLL_BACK)
    builder.add(StartReplicas(replicas=back, cell=cell), StopReplicas(replicas=names_of(new)))
    written_back = drive_all(builder, cell, back, [base, written], _DEPTHS)
    last = back
    if after:
        last = make_fleet(subject, ReleaseName.NEW, "forward-")
        builder.add(StartReplicas(replicas=last, cell=Cell(ROLLOUT, Actor.NEW)), StopReplicas(replicas=names_of(back)))
        for revision in after:
            builder.add(warm_up(subject, names_of(last), Cell(ROLLOUT, Actor.NEW)))
            builder.add(migrate(LIVE, revision, Cell(ROLLOUT, Actor.NEW)))
            written_back = drive_all(builder, Cell(ROLLOUT, Actor.NEW), last, [base, written_back])
    builder.add(StopReplicas(replicas=names_of(last)))
    return finish(subject, builder, first_number=first_number)


def _replace(
    builder: PlanBuilder, subject: Subject, old: tuple[Replica, ...], new: tuple[Replica, ...], base: Origin
) -> list[Origin]:
    """Replaces replicas as a Deployment does, and drives both releases wherever both serve."""
    cell = Cell(ROLLOUT, Actor.MIXED)
    running = list(names_of(old))
    joined: list[str] = []
    origins: list[Origin] = []
    moves_schema = subject.at_boot
    for changes in _at_once(plan_rollout(subject.strategy), starts=subject.at_boot):
        if changes[0].start:
            replicas = tuple(new[change.index - 1] for change in changes)
            builder.add(StartReplicas(replicas=replicas, cell=cell, moves_schema=moves_schema))
            moves_schema = False
            joined.extend(names_of(replicas))
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
