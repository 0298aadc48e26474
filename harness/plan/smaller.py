"""Makes a schedule that fails as small as it can be: nothing can be left out of it, and nothing in it is simpler."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from harness.model.release import ReleaseName
from harness.plan.conduct import keep_fitting
from harness.plan.schedule import (
    REQUESTS,
    KillMigrator,
    Migrate,
    Resume,
    RollForward,
    Start,
    StartReplica,
    copies_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.plan.conduct import Terms
    from harness.plan.schedule import Action

#: All pairs of more actions than this would be too many to try.
_MOST_FOR_PAIRS = 14
#: The first values that are drawn are the shortest.
_MOST_DRAWN = 3
#: What is found late is made smaller for this share of the budget beyond it, and for so many seconds at least: a story
#: that nobody can follow is of little use, and a night's exploration has an end that somebody counts on.
_SHARE = 0.25
_LEAST_S = 30.0


def until(found_s: float, end_s: float, budget_s: float) -> tuple[float, float]:
    """Until when a schedule is made smaller: by halves of what was drawn, and then action by action.

    Args:
        found_s: When it was found.
        end_s: When the budget is used up.
        budget_s: How much it is.
    """
    last = max(end_s, found_s + max(_LEAST_S, _SHARE * budget_s))
    return (found_s + last) / 2, last


def make_smaller(
    terms: Terms, actions: tuple[Action, ...], fails: Callable[[tuple[Action, ...]], bool]
) -> tuple[Action, ...]:
    """The smallest schedule that fails still, by taking out what is not needed and simplifying what is.

    Args:
        terms: What the settings allow.
        actions: A schedule that fails.
        fails: Whether another one does.
    """
    while True:
        smaller = next((other for other in _smaller(terms, actions) if fails(other)), None)
        if smaller is None:
            return actions
        actions = smaller


def _smaller(terms: Terms, actions: tuple[Action, ...]) -> Iterator[tuple[Action, ...]]:
    """Candidates, each smaller by one order: fewer actions, then simpler ones, then the deployment's later."""
    yield from _without(terms, actions, 1)
    if len(actions) <= _MOST_FOR_PAIRS:  # such as a crash and the restart behind it
        yield from _without(terms, actions, 2)
    for copy in range(1, 1 + copies_of(actions)):
        yield from _later(terms, actions, copy)
        yield from _less(terms, actions, copy)
    for index, action in enumerate(actions):
        for simpler in _simpler(action, terms):
            # What does not fit behind it goes: the step that was to be run again, once its migrator is left alone.
            yield keep_fitting(terms, (*actions[:index], simpler, *actions[index + 1 :]))
    for index, (first, second) in enumerate(pairwise(actions)):
        if isinstance(second, REQUESTS) and not isinstance(first, REQUESTS):
            changed = keep_fitting(terms, (*actions[:index], second, first, *actions[index + 2 :]))
            if len(changed) == len(actions):
                yield changed


def _without(terms: Terms, actions: tuple[Action, ...], count: int) -> Iterator[tuple[Action, ...]]:
    tried = set()
    for indexes in combinations(reversed(range(len(actions))), count):
        left = keep_fitting(terms, [action for index, action in enumerate(actions) if index not in indexes])
        if left not in tried:
            tried.add(left)
            yield left


def _places(actions: tuple[Action, ...], copy: int) -> list[int]:
    return [index for index, action in enumerate(actions) if isinstance(action, REQUESTS) and action.copy == copy]


def _later(terms: Terms, actions: tuple[Action, ...], copy: int) -> Iterator[tuple[Action, ...]]:
    """A copy begins where it sent a later request: with one of them less each would be another request than before."""
    first, *behind = _places(actions, copy)
    start = actions[first]
    for place in reversed(behind):
        resumed = actions[place]
        if isinstance(start, Start) and isinstance(resumed, Resume):
            begun = replace(start, replica=resumed.replica, whole=resumed.whole)
            gone = {first, *behind[: behind.index(place)]}
            left = [action for index, action in enumerate((*actions[:place], begun)) if index not in gone]
            yield keep_fitting(terms, (*left, *actions[place + 1 :]))


def _less(terms: Terms, actions: tuple[Action, ...], copy: int) -> Iterator[tuple[Action, ...]]:
    """A copy sends several requests less, one behind the other: a journey that goes round does so once less."""
    _, *behind = _places(actions, copy)
    for count in range(len(behind), 1, -1):
        for begin in range(len(behind) - count + 1):
            gone = behind[begin : begin + count]
            yield keep_fitting(terms, [action for index, action in enumerate(actions) if index not in gone])


def _simpler(action: Action, terms: Terms) -> Iterator[Action]:
    """The same through a replica that comes before, with data that does, or with less of a change."""
    match action:
        case Start() | Resume():
            names = [name for release in ReleaseName for name in terms.names(release)]
            for name in names[: names.index(action.replica)]:
                yield replace(action, replica=name)
            if isinstance(action, Start):
                for drawn in range(min(action.drawn, _MOST_DRAWN)):
                    yield replace(action, drawn=drawn)
        case RollForward():
            yield StartReplica(replica=terms.names(ReleaseName.NEW)[0])
        case KillMigrator(step=step, point=point):
            yield Migrate(step=step)
            for simpler in range(1, point):
                yield replace(action, point=simpler)
        case _:
            return
