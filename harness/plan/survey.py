"""What the walk tells already: each release by itself, on each schema that it has to serve on, with old and new rows.

It is asked in whole segments and through one replica, as the walk asks; what fails there is not asked again, or it
would be found over and over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model.release import ReleaseName
from harness.plan.conduct import Barred, advance, keep_fitting, opening, release_of
from harness.plan.schedule import REQUESTS, KillMigrator, Migrate, Resume, RollForward, Start, StartReplica
from harness.plan.wishes import KILL_POINTS, MOST_COPIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.plan.conduct import Terms
    from harness.plan.schedule import Action
    from harness.plan.tale import Tale

#: psycopg 3 prepares a statement that was executed five times, and only a prepared one shows what a warm connection
#: suffers.
_WARM = 7
#: Ask twice: a first pass hides what a cache still holds, a second what fails once.
_PASSES = 2


def survey_old(terms: Terms) -> tuple[Action, ...]:
    """The old release on each schema in front of the code.

    Args:
        terms: What the settings allow.
    """
    name = f"{ReleaseName.OLD}-1"
    actions = list(_begin(terms, 1, name, _WARM))
    for step in terms.steps[: terms.split]:
        actions.append(Migrate(step=step))
        actions.extend(_go_on(actions, name))
        actions.extend(_begin(terms, 1 + _copies(actions), name, _PASSES))
    return tuple(actions)


def survey_new(terms: Terms) -> tuple[Action, ...]:
    """The new release on each schema behind its steps, with what the old one left.

    Args:
        terms: What the settings allow.
    """
    old, new = f"{ReleaseName.OLD}-1", f"{ReleaseName.NEW}-1"
    actions = list(_begin(terms, 1, old, _PASSES))
    actions.extend(Migrate(step=step) for step in terms.steps[: terms.split])
    actions.append(RollForward())
    actions.extend(_go_on(actions, new))
    actions.extend(_begin(terms, 1 + _copies(actions), new, _WARM))
    for step in terms.steps[terms.split :]:
        actions.append(Migrate(step=step))
        actions.extend(_go_on(actions, new))
        actions.extend(_begin(terms, 1 + _copies(actions), new, _PASSES))
    return tuple(actions)


def survey_torn(terms: Terms, step: str, point: int) -> tuple[Action, ...]:
    """A migrator that dies in a step, with what the old release left, and is run again.

    Args:
        terms: What the settings allow.
        step: Which step.
        point: Where.
    """
    before = terms.steps[: terms.steps.index(step)]
    old = f"{ReleaseName.OLD}-1"
    actions = list(_begin(terms, 1, old, _PASSES))
    actions.extend(Migrate(step=label) for label in before[: terms.split])
    if len(before) >= terms.split:
        actions.append(RollForward())
        actions.extend(Migrate(step=label) for label in before[terms.split :])
    return (*actions, KillMigrator(step=step, point=point), Migrate(step=step))


def rerun_steps(terms: Terms) -> Iterator[tuple[Action, ...]]:
    """Rollouts in which a migrator dies in a step before the code, with a row of each journey, and is run again.

    A step that makes its changes twice shows in what is read behind it, through the old release and the new one. To
    draw such a rollout takes the right step, the right place and the right copy at once.

    Args:
        terms: What the settings allow.
    """
    old, new = f"{ReleaseName.OLD}-1", f"{ReleaseName.NEW}-1"
    for at, step in enumerate(terms.steps[: terms.split]):
        for point in range(1, KILL_POINTS + 1):
            for journeys in _batches(terms.journeys):
                copies = range(1, len(journeys) + 1)
                actions: tuple[Action, ...] = (
                    *(Start(copy=copy, journey=name, replica=old) for copy, name in zip(copies, journeys, strict=True)),
                    *(Migrate(step=label) for label in terms.steps[:at]),
                    KillMigrator(step=step, point=point),
                    *(Migrate(step=label) for label in terms.steps[at : terms.split]),
                    StartReplica(replica=new),
                    *(Resume(copy=copy, replica=name) for copy in copies for name in (new, old, new)),
                )
                left = keep_fitting(terms, actions)  # what the walk tells is not asked
                if any(isinstance(action, KillMigrator) for action in left):
                    yield left


def read_survey(terms: Terms, tale: Tale) -> frozenset[Barred]:
    """What is not to be asked: from the step on behind which a journey failed, it fails.

    Args:
        terms: What the settings allow.
        tale: What the survey came to.
    """
    world, barred = opening(terms), set[Barred]()
    for item in tale.told:
        # The walk asks for no invariant, and its name is no journey's.
        if item.trouble is not None and item.trouble.kind != "invariant" and isinstance(item.action, REQUESTS):
            release = release_of(item.action.replica)
            barred.update(
                Barred(release=release, applied=applied, journey=item.trouble.who)
                for applied in range(world.applied, len(terms.steps) + 1)
            )
        world = advance(terms, world, item.action) or world
    return frozenset(barred)


def _begin(terms: Terms, copy: int, replica: str, passes: int) -> Iterator[Action]:
    for number, journey in enumerate(terms.journeys, start=copy):
        yield Start(copy=number, journey=journey, replica=replica, whole=True)
        for _ in range(passes):
            yield Resume(copy=number, replica=replica, whole=True)


def _go_on(actions: list[Action], replica: str) -> list[Action]:
    copies = range(1, _copies(actions) + 1)
    return [Resume(copy=copy, replica=replica, whole=True) for copy in copies for _ in range(_PASSES)]


def _batches(journeys: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [journeys[at : at + MOST_COPIES] for at in range(0, len(journeys), MOST_COPIES)]


def _copies(actions: list[Action]) -> int:
    return sum(isinstance(action, Start) for action in actions)
