"""What may happen next in an explored rollout: the readiness rule, enough replicas, nothing that nobody promised."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, assert_never

from harness.model.release import ReleaseName
from harness.plan.schedule import (
    REQUESTS,
    Action,
    Crash,
    KillMigrator,
    Migrate,
    Restart,
    Resume,
    RollBack,
    RollForward,
    RunTask,
    Start,
    StartReplica,
    StopReplica,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

#: A whole fleet may be started a second time, as by a roll back, and one replica more, as behind a crash: whoever is
#: started serves by a process that has served nobody before.
_FLEETS, _SPARES = 2, 1


@dataclass(frozen=True, kw_only=True)
class Barred:
    """What is not asked: the walk tells it already.

    Args:
        release: Whose replicas are not asked.
        applied: Behind so many steps.
        journey: By which journey.
    """

    release: str
    applied: int
    journey: str


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What the settings allow, and what there is to be done.

    Args:
        steps: Labels of the steps, in order.
        split: So many of them come before the code.
        journeys: Names, in order.
        replicas: How many serve.
        surge: So many more may exist.
        unavailable: So many fewer may be ready.
        tasks: Names of one-off tasks, each with the number of steps that it needs.
        can_be_killed: Whether the migrator can be killed at a chosen point.
        barred: What is not asked.
        untorn: Steps in which the migrator is not killed, since the walk tells what comes of that.
    """

    steps: tuple[str, ...]
    split: int
    journeys: tuple[str, ...]
    replicas: int = 2
    surge: int = 1
    unavailable: int = 0
    tasks: tuple[tuple[str, int], ...] = ()
    can_be_killed: bool = True
    barred: frozenset[Barred] = frozenset()
    untorn: frozenset[str] = frozenset()

    @property
    def processes(self) -> int:
        """So many processes of one release may be used up by one schedule."""
        return _FLEETS * self.replicas + _SPARES

    def names(self, release: str) -> tuple[str, ...]:
        """The replicas of a release."""
        return tuple(f"{release}-{number + 1}" for number in range(self.replicas))


@dataclass(frozen=True, kw_only=True)
class World:
    """How far a rollout is.

    Args:
        up: Replicas that serve, in the order in which they came.
        applied: How many steps are done.
        torn: Whether the migrator died in the next one.
        crashed: Replicas that died.
        used: How many processes of the old and of the new release have been started.
        copies: The journey of each copy.
    """

    up: tuple[str, ...]
    applied: int = 0
    torn: bool = False
    crashed: tuple[str, ...] = ()
    used: tuple[int, int] = (0, 0)
    copies: tuple[str, ...] = ()

    def serving(self, release: str) -> tuple[str, ...]:
        """Replicas of one release that serve."""
        return tuple(name for name in self.up if release_of(name) == release)


def release_of(replica: str) -> str:
    """The release of a replica, by its name."""
    return replica.rpartition("-")[0]


def opening(terms: Terms) -> World:
    """The old release serves on its own schema."""
    return World(up=terms.names(ReleaseName.OLD), used=(terms.replicas, 0))


def advance(terms: Terms, world: World, action: Action) -> World | None:
    """The world behind an action, or None where it does not fit.

    Args:
        terms: What the settings allow.
        world: Before it.
        action: What is to happen.
    """
    match action:
        case Start(copy=copy, journey=journey, replica=replica):
            fits = (
                copy == len(world.copies) + 1 and journey in terms.journeys and may_ask(terms, world, replica, journey)
            )
            return replace(world, copies=(*world.copies, journey)) if fits else None
        case Resume(copy=copy, replica=replica):
            fits = 0 < copy <= len(world.copies) and may_ask(terms, world, replica, world.copies[copy - 1])
            return world if fits else None
        case Migrate(step=step):
            fits = _may_migrate(terms, world, step)
            return replace(world, applied=world.applied + 1, torn=False) if fits else None
        case KillMigrator(step=step):
            fits = terms.can_be_killed and step not in terms.untorn and not world.torn
            fits = fits and _may_migrate(terms, world, step)
            return replace(world, torn=True) if fits else None
        case RunTask(task=task):
            return world if any(task == name and world.applied >= needs for name, needs in terms.tasks) else None
        case _:
            return _change_fleet(terms, world, action)


def _change_fleet(
    terms: Terms, world: World, action: StartReplica | StopReplica | Crash | Restart | RollForward | RollBack
) -> World | None:
    match action:
        case StartReplica(replica=name):
            known = name in terms.names(ReleaseName.NEW) and name not in (*world.up, *world.crashed)
            fits = known and _is_ready_for_new(terms, world) and _exist(world) < terms.replicas + terms.surge
            return _started(terms, world, (name,)) if fits else None
        case StopReplica(replica=name):
            enough = len(world.up) > max(1, terms.replicas - terms.unavailable)
            return _without(world, (name,)) if enough and name in world.serving(ReleaseName.OLD) else None
        case Crash(replica=name):
            fits = name in world.up and len(world.up) > 1
            return replace(_without(world, (name,)), crashed=(*world.crashed, name)) if fits else None
        case Restart(replica=name):
            fits = name in world.crashed and _may_serve(terms, world, release_of(name))
            return _started(terms, world, (name,)) if fits else None
        case RollForward():
            gone = world.serving(ReleaseName.OLD)
            return _replaced(terms, world, ReleaseName.NEW) if gone and _is_ready_for_new(terms, world) else None
        case RollBack():
            gone = world.serving(ReleaseName.NEW)
            return _replaced(terms, world, ReleaseName.OLD) if gone and world.applied <= terms.split else None
    assert_never(action)


def may_ask(terms: Terms, world: World, replica: str, journey: str) -> bool:
    """Whether a journey may send a request to a replica: it serves, and the walk does not tell already what comes.

    Args:
        terms: What the settings allow.
        world: Now.
        replica: Who is to answer.
        journey: Who asks.
    """
    if replica not in world.up:
        return False
    # What a migrator left that died may be either schema.
    return not any(
        Barred(release=release_of(replica), applied=applied, journey=journey) in terms.barred
        for applied in (world.applied, world.applied + world.torn)
    )


def _may_migrate(terms: Terms, world: World, step: str) -> bool:
    """Steps before the code while no new replica serves, steps after it when no old one is left."""
    if world.applied >= len(terms.steps) or terms.steps[world.applied] != step:
        return False
    other = ReleaseName.NEW if world.applied < terms.split else ReleaseName.OLD
    return not any(release_of(name) == other for name in (*world.up, *world.crashed))


def _is_ready_for_new(terms: Terms, world: World) -> bool:
    """The readiness rule: a new replica gets traffic only when all steps before the code are done."""
    return world.applied >= terms.split and not world.torn


def _may_serve(terms: Terms, world: World, release: str) -> bool:
    if release == ReleaseName.NEW:
        return _is_ready_for_new(terms, world)
    return world.applied <= terms.split


def alone(actions: Sequence[Action], release: str) -> tuple[Action, ...]:
    """The requests of a schedule, all to one release, without anything that the deployment does.

    Args:
        actions: All of a schedule.
        release: Which.
    """
    return tuple(replace(action, replica=f"{release}-1") for action in actions if isinstance(action, REQUESTS))


def _exist(world: World) -> int:
    return len(world.up) + len(world.crashed)


def _without(world: World, names: tuple[str, ...]) -> World:
    return replace(
        world,
        up=tuple(name for name in world.up if name not in names),
        crashed=tuple(name for name in world.crashed if name not in names),
    )


def _started(terms: Terms, world: World, names: tuple[str, ...]) -> World | None:
    """Each by a process that served nobody; None where none is left."""
    old, new = world.used
    old += sum(release_of(name) == ReleaseName.OLD for name in names)
    new += sum(release_of(name) == ReleaseName.NEW for name in names)
    if max(old, new) > terms.processes:
        return None
    left = _without(world, names)
    return replace(left, up=(*left.up, *names), used=(old, new))


def _replaced(terms: Terms, world: World, release: str) -> World | None:
    """The whole fleet is of one release."""
    missing = tuple(name for name in terms.names(release) if name not in world.up)
    gone = tuple(name for name in (*world.up, *world.crashed) if release_of(name) != release)
    return _started(terms, _without(world, gone), missing)


def keep_fitting(terms: Terms, actions: Sequence[Action]) -> tuple[Action, ...]:
    """The same actions without those that do not fit where they stand; copies are numbered anew.

    Args:
        terms: What the settings allow.
        actions: Of which some may have been left out.
    """
    world = opening(terms)
    kept: list[Action] = []
    numbers: dict[int, int] = {}
    for action in actions:
        moved = action
        if isinstance(action, Start):
            moved = replace(action, copy=len(world.copies) + 1)
        elif isinstance(action, Resume):
            moved = replace(action, copy=numbers.get(action.copy, 0))
        after = advance(terms, world, moved)
        if after is None:
            continue
        if isinstance(action, Start):
            numbers[action.copy] = len(after.copies)
        world = after
        kept.append(moved)
    return tuple(kept)
