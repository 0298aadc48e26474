"""Turns what was drawn into a schedule: each draw is a wish by itself, and one that does not fit is passed over.

A wish says nothing of the others, so one more of them, or one less, does not shift what the rest comes to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.model.release import ReleaseName
from harness.plan.conduct import advance, opening
from harness.plan.schedule import (
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
    from collections.abc import Callable, Iterator

    from harness.plan.conduct import Terms, World
    from harness.plan.schedule import Action

#: More copies than this side by side add noise to a story and little that two do not show.
MOST_COPIES = 3
#: Places at which a migrator is killed: behind the third statement that commits alone there is little left to learn.
KILL_POINTS = 3


class Enough(BaseException):
    """No more wishes are wanted: drawing what is left would take as long as any others."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """One draw.

    Args:
        kind: ``start``, ``resume``, ``deploy``, or the name of a disturbance.
        which: Chooses among the journeys, the copies or the deployment's next moves.
        where: Chooses among the replicas.
        drawn: Chooses among what was drawn for a journey.
        far: Whether the deployment makes several steps at once: all that are left before the code, or those before the
            one in which the migrator is killed. One for each wish would hardly ever get a deploy of several steps to
            the new release.
    """

    kind: str
    which: int = 0
    where: int = 0
    drawn: int = 0
    far: bool = False


@dataclass(frozen=True)
class Disturbance:
    """A named edit of a plan.

    Args:
        name: By which it is turned off.
        per_mille: How many of a thousand wishes ask for it.
        edit: What it would do there, in order of preference; it fits where one of these does.
    """

    name: str
    per_mille: int
    edit: Callable[[Terms, World, Wish], Iterator[tuple[Action, ...]]]


def _migrate(steps: tuple[str, ...]) -> tuple[Action, ...]:
    return tuple(Migrate(step=step) for step in steps)


def _crash(_terms: Terms, world: World, wish: Wish) -> Iterator[tuple[Action, ...]]:
    if world.up:
        yield (Crash(replica=world.up[wish.where % len(world.up)]),)


def _kill(terms: Terms, world: World, wish: Wish) -> Iterator[tuple[Action, ...]]:
    point = 1 + wish.which % KILL_POINTS
    left = terms.steps[world.applied : terms.split]
    if wish.far and left:
        before = wish.where % len(left)
        yield (*_migrate(left[:before]), KillMigrator(step=left[before], point=point))
    if world.applied < len(terms.steps):
        yield (KillMigrator(step=terms.steps[world.applied], point=point),)


def _roll_back(_terms: Terms, _world: World, _wish: Wish) -> Iterator[tuple[Action, ...]]:
    yield (RollBack(),)


def _run_task(terms: Terms, _world: World, wish: Wish) -> Iterator[tuple[Action, ...]]:
    if terms.tasks:
        yield (RunTask(task=terms.tasks[wish.which % len(terms.tasks)][0]),)


#: That nobody is left serving by two of them at once is :func:`harness.plan.conduct.advance`'s to refuse.
DISTURBANCES = (
    Disturbance("crash", 40, _crash),
    Disturbance("kill-migrator", 80, _kill),
    Disturbance("roll-back", 150, _roll_back),
    Disturbance("task", 60, _run_task),
)
#: What else a wish may be, and how many of a thousand are.
START, RESUME, DEPLOY = "start", "resume", "deploy"
_START_SHARE, _DEPLOY_SHARE = 100, 350


def choose_kind(number: int, disturbances: frozenset[str]) -> str:
    """The kind of wish that a number from 0 to 999 stands for; that of one which is off is a request.

    Args:
        number: What was drawn; 0 is the simplest.
        disturbances: Names of those that are on.
    """
    bands = [(START, _START_SHARE), (DEPLOY, _DEPLOY_SHARE)]
    bands += [(one.name, one.per_mille) for one in DISTURBANCES if one.name in disturbances]
    for name, share in bands:
        if number < share:
            return name
        number -= share
    return RESUME


def settle(terms: Terms, wishes: tuple[Wish, ...]) -> tuple[Action, ...]:
    """The actions that wishes come to.

    Args:
        terms: What the settings allow.
        wishes: What was drawn, in order.
    """
    world = opening(terms)
    actions: list[Action] = []
    for wish in wishes:
        for candidate in _candidates(terms, world, wish):
            after = _advance_all(terms, world, candidate)
            if after is not None:
                world = after
                actions.extend(candidate)
                break
    return tuple(actions)


def _advance_all(terms: Terms, world: World, actions: tuple[Action, ...]) -> World | None:
    after: World | None = world
    for action in actions:
        after = advance(terms, after, action) if after is not None else None
    return after


def _candidates(terms: Terms, world: World, wish: Wish) -> Iterator[tuple[Action, ...]]:
    """What a wish would do here, in order of preference: one action, or several that are done one after the other."""
    match wish.kind:
        case "start":
            yield from _start(terms, world, wish)
        case "resume":
            pass
        case "deploy":
            left = terms.steps[world.applied : terms.split]
            if wish.far and left:
                yield _migrate(left)
            moves = [move for move in _moves(terms, world) if advance(terms, world, move) is not None]
            if moves:
                yield (moves[wish.which % len(moves)],)
        case name:
            edit = next((one.edit for one in DISTURBANCES if one.name == name), None)
            if edit is not None:
                yield from edit(terms, world, wish)
    # Whatever does not fit is a request: in a rollout there are more of these than of all else.
    if not world.copies:
        yield from _start(terms, world, wish)
    elif world.up:
        yield (Resume(copy=1 + wish.which % len(world.copies), replica=world.up[wish.where % len(world.up)]),)


def _start(terms: Terms, world: World, wish: Wish) -> Iterator[tuple[Action, ...]]:
    if len(world.copies) < MOST_COPIES and world.up and terms.journeys:
        journey = terms.journeys[wish.which % len(terms.journeys)]
        replica = world.up[wish.where % len(world.up)]
        yield (Start(copy=len(world.copies) + 1, journey=journey, replica=replica, drawn=wish.drawn),)


def _moves(terms: Terms, world: World) -> Iterator[Action]:
    """What the deployment itself may do next."""
    if world.applied < len(terms.steps):
        yield Migrate(step=terms.steps[world.applied])
    yield RollForward()
    for name in terms.names(ReleaseName.NEW):
        yield StartReplica(replica=name)
    for name in world.serving(ReleaseName.OLD):
        yield StopReplica(replica=name)
    for name in world.crashed:
        yield Restart(replica=name)
