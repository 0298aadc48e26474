"""Decides the rollout: how replicas of the new release take over, how the code goes back, and forward again."""

from __future__ import annotations

from typing import assert_never

from harness.model.cell import BASE, ROLLOUT, Actor, Cell
from harness.model.release import ReleaseName
from harness.model.rollout import Change, Kind, plan_rollout
from harness.model.task import Point
from harness.plan.builder import ROUNDS, Origin, PlanBuilder
from harness.plan.steps import AskHealth, CloneDatabase, DropDatabase, Plan, Replica, StartReplicas, StopReplicas
from harness.plan.subject import (
    LIVE,
    SEED,
    Subject,
    drive_all,
    finish,
    make_fleet,
    migrate,
    names_of,
    pass_on,
    start_in_rollout,
    warm_up,
)
from harness.plan.tasks import run_at

#: How far copies have come when the rollout leaves them paused: a story may write in its second segment too. Where both
#: releases serve at once, each segment is met by either behind the other's; elsewhere a third one is looked at.
_DEPTHS = (1, 2)
_DEPTHS_APART = (1, 2, 3)

_MIXED = Cell(ROLLOUT, Actor.MIXED)
_NEW = Cell(ROLLOUT, Actor.NEW)
_BACK = Cell(ROLLOUT, Actor.ROLL_BACK)


def plan_rollout_at(subject: Subject, split: int, *, first_number: int = 1) -> Plan:
    """The rollout itself: the first ``split`` steps before the code, the others after it.

    The code is rolled back, half-way where both releases serve at once and once it is all over, and forward again,
    before the steps that come after it: behind those the old release need not work any more. Where new replicas migrate
    at boot, the first of them run all steps, whatever the split.

    Args:
        subject: What the plan is made for.
        split: How many steps run before the first new replica.
        first_number: Number of the first step; goes on after those of the walk.
    """
    builder = PlanBuilder(subject.journeys)
    old = make_fleet(subject, ReleaseName.OLD, "roll-")
    builder.stage("the rollout")
    builder.track("rollout")
    builder.add(DropDatabase(database=LIVE), CloneDatabase(source=SEED, target=LIVE), StartReplicas(replicas=old))
    base = Origin(str(Cell(BASE, Actor.CONTROL)), names_of(old))
    builder.drive(Cell(BASE, Actor.CONTROL), [pass_on(builder, names_of(old))], base)
    before, after = subject.revisions[:split], subject.revisions[split:]
    if subject.at_boot:
        before = after = ()
        builder.add(warm_up(subject, names_of(old), _MIXED))
    between = [base]
    for revision in before:  # what the old release writes between two steps, the new one finds
        builder.add(migrate(LIVE, revision), *run_at(subject, LIVE, Point.AFTER_STEP, revision))
        between.append(Origin(f"{Cell(ROLLOUT, Actor.OLD)} behind {revision.label}", names_of(old)))
        builder.drive(Cell(ROLLOUT, Actor.OLD), [pass_on(builder, names_of(old)) for _ in range(ROUNDS)], between[-1])
        builder.add(AskHealth(replicas=names_of(old), cell=Cell(ROLLOUT, Actor.OLD)))
    new, origins = _take_over(builder, subject, old, between[-1])
    if not origins:  # both releases never served at once
        builder.add(*run_at(subject, LIVE, Point.MIXED))
    builder.add(*run_at(subject, LIVE, Point.AFTER_ROLLOUT))
    depths = _DEPTHS if origins else _DEPTHS_APART
    written = drive_all(builder, _NEW, new, [*between, *origins], depths)
    back = _roll_back(builder, subject, old, new)
    written_back = drive_all(builder, _BACK, back, [base, written], depths)
    last = _roll_forward(builder, subject, new, back)
    builder.add(*run_at(subject, LIVE, Point.AFTER_ROLLOUT))  # once more, for what the old release wrote meanwhile
    written_forward = drive_all(builder, _NEW, last, [base, written_back])
    for revision in after:
        builder.add(warm_up(subject, names_of(last), _NEW), migrate(LIVE, revision, _NEW))
        builder.add(*run_at(subject, LIVE, Point.AFTER_STEP, revision))
        written_forward = drive_all(builder, _NEW, last, [base, written_forward])
    builder.add(StopReplicas(replicas=names_of(last)))
    return finish(subject, builder, first_number=first_number)


def _take_over(
    builder: PlanBuilder, subject: Subject, old: tuple[Replica, ...], base: Origin
) -> tuple[tuple[Replica, ...], list[Origin]]:
    """Puts the new release in the old one's place.

    Returns:
        The new fleet, and where copies were left paused while both releases served.
    """
    new = make_fleet(subject, ReleaseName.NEW, "roll-")
    start = start_in_rollout(subject, new, _MIXED, moves_schema=subject.at_boot)
    match subject.strategy.kind:
        case Kind.RECREATE:
            builder.add(StopReplicas(replicas=names_of(old)), start)
            return new, []
        case Kind.BLUE_GREEN:  # the old fleet stays up, without traffic
            builder.add(start)
            return new, []
        case Kind.ROLLING | Kind.CANARY:
            return _replace(builder, subject, old, new, base)
    assert_never(subject.strategy.kind)


def _roll_back(
    builder: PlanBuilder, subject: Subject, old: tuple[Replica, ...], new: tuple[Replica, ...]
) -> tuple[Replica, ...]:
    """Puts the old release back; returns who serves then."""
    if subject.strategy.kind is Kind.BLUE_GREEN:
        return old
    back = make_fleet(subject, ReleaseName.OLD, "back-")
    start, stop = start_in_rollout(subject, back, _BACK), StopReplicas(replicas=names_of(new))
    builder.add(*((stop, start) if subject.strategy.kind is Kind.RECREATE else (start, stop)))
    return back


def _roll_forward(
    builder: PlanBuilder, subject: Subject, new: tuple[Replica, ...], back: tuple[Replica, ...]
) -> tuple[Replica, ...]:
    """Puts the new release in place once more; returns who serves then."""
    stop = StopReplicas(replicas=names_of(back))
    if subject.strategy.kind is Kind.BLUE_GREEN:
        builder.add(stop)
        return new
    last = make_fleet(subject, ReleaseName.NEW, "forward-")
    start = start_in_rollout(subject, last, _NEW)
    builder.add(*((stop, start) if subject.strategy.kind is Kind.RECREATE else (start, stop)))
    return last


def _replace(
    builder: PlanBuilder, subject: Subject, old: tuple[Replica, ...], new: tuple[Replica, ...], base: Origin
) -> tuple[tuple[Replica, ...], list[Origin]]:
    """Replaces replicas as a Deployment does, and drives both releases wherever both serve.

    The first time that both do, the code is rolled back from there, and then forward again.
    """
    running, joined = list(old), list[Replica]()
    origins: list[Origin] = []
    halfway: list[Origin] = []
    moves_schema = subject.at_boot
    for changes in _at_once(plan_rollout(subject.strategy), starts=subject.at_boot):
        if changes[0].start:
            replicas = tuple(new[change.index - 1] for change in changes)
            builder.add(start_in_rollout(subject, replicas, _MIXED, moves_schema=moves_schema))
            moves_schema = False
            joined.extend(replicas)
        else:
            builder.add(StopReplicas(replicas=(running.pop(0).name,)))
        if running and joined:
            if not halfway:
                builder.add(*run_at(subject, LIVE, Point.MIXED))
            origins = _drive_both(builder, running[-1].name, joined[-1].name, base, *halfway)
            if not halfway:
                joined, written = _roll_back_half_way(builder, subject, running, joined, [base, *origins])
                halfway = [written]
    return tuple(joined), [*origins, *halfway]


def _drive_both(builder: PlanBuilder, one: str, other: str, *origins: Origin) -> list[Origin]:
    """Each release reads what the other writes, and what was there before."""
    rounds = [
        builder.fresh(one, other)
        + builder.fresh(other, one)
        + [attempt for origin in origins for name in (other, one) for attempt in builder.resumed(origin, name)]
        for _ in range(ROUNDS)
    ]
    left = [Origin(f"{_MIXED} by old", (one,)), Origin(f"{_MIXED} by new", (other,))]
    builder.drive(_MIXED, rounds, *left)
    return left


def _roll_back_half_way(
    builder: PlanBuilder, subject: Subject, running: list[Replica], joined: list[Replica], origins: list[Origin]
) -> tuple[list[Replica], Origin]:
    """Only some replicas are new yet, and they go again; the old ones read what they wrote.

    Returns:
        Those that take their place when the rollout is tried again, and where the old ones left copies for them.
    """
    builder.add(StopReplicas(replicas=tuple(replica.name for replica in joined)))
    missing = make_fleet(subject, ReleaseName.OLD, "half-")[len(running) :]
    if missing:
        builder.add(start_in_rollout(subject, missing, _BACK))
    written = drive_all(builder, _BACK, (*running, *missing), origins, when="half-way")
    if missing:
        builder.add(StopReplicas(replicas=names_of(missing)))
    again = make_fleet(subject, ReleaseName.NEW, "again-")[: len(joined)]
    builder.add(start_in_rollout(subject, again, _MIXED))
    return list(again), written


def _at_once(changes: tuple[Change, ...], *, starts: bool) -> list[list[Change]]:
    """One change after the other; with ``starts``, replicas that a Deployment starts together migrate together."""
    groups: list[list[Change]] = []
    for change in changes:
        if starts and change.start and groups and groups[-1][0].start:
            groups[-1].append(change)
        else:
            groups.append([change])
    return groups
