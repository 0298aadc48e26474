"""Has Hypothesis draw schedules until one fails, and make that one as small as it can."""

from __future__ import annotations

import contextlib
from random import Random
from typing import TYPE_CHECKING, cast

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from harness.plan.wishes import Enough, Wish, choose_kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import SearchStrategy

#: What a wish chooses among is taken modulo what there is: as many as many small numbers go into.
_CHOICES = 2520
#: In thousandths, as the shares of the kinds are.
_KINDS = 1000
#: Different values that Hypothesis draws for one journey.
_DRAWN = 50
#: For one schedule of the shorter half so many of the longer one.
_LONG = 9
#: Hypothesis likes small and round numbers, which would be the same few wishes; a generator makes them even.
_MOST_NUMBERS = 2**32 - 1


class Falsified(Exception):  # noqa: N818  Hypothesis's word; it makes a failing example smaller
    """A schedule came to trouble."""


def make_wish(number: int, disturbances: frozenset[str]) -> Wish:
    """What one number stands for, by a generator of its own: whatever comes of it shifts no other wish.

    Args:
        number: What was drawn; any two of them have nothing in common.
        disturbances: Names of those that are on.
    """
    random = Random(number)  # noqa: S311  no secret
    kind, which, where, drawn, far = (random.randrange(end) for end in (_KINDS, _CHOICES, _CHOICES, _DRAWN, 2))
    return Wish(kind=choose_kind(kind, disturbances), which=which, where=where, drawn=drawn, far=bool(far))


def choose_length(number: int, max_steps: int) -> int:
    """How many wishes a number stands for: the simplest are the short ones, and most are of the longer half.

    A short one seldom gets to the new release, and still has to be there: what fails is made smaller by way of it.

    Args:
        number: From 1 to :func:`most_lengths`.
        max_steps: The longest is so long.
    """
    short = max_steps // 2
    return number if number <= short else short + 1 + (number - short - 1) % (max_steps - short)


def most_lengths(max_steps: int) -> int:
    """The largest number that stands for a length.

    Args:
        max_steps: The longest is so long.
    """
    short = max_steps // 2
    return short + _LONG * (max_steps - short)


def wishes(max_steps: int, disturbances: frozenset[str]) -> SearchStrategy[tuple[Wish, ...]]:
    """What schedules are made of.

    Args:
        max_steps: The longest is so long.
        disturbances: Names of those that are on.
    """
    wish = st.integers(0, _MOST_NUMBERS).map(lambda number: make_wish(number, disturbances))

    @st.composite
    def several(draw: Callable[..., object]) -> tuple[Wish, ...]:
        # A list's length is geometric, and most would be too short for a whole rollout.
        length = choose_length(cast("int", draw(st.integers(1, most_lengths(max_steps)))), max_steps)
        return cast("tuple[Wish, ...]", tuple(draw(st.lists(wish, min_size=length, max_size=length))))  # type: ignore[arg-type]

    return several()


def search(
    fails: Callable[[tuple[Wish, ...]], bool],
    *,
    max_examples: int,
    max_steps: int,
    seed_number: int,
    disturbances: frozenset[str],
) -> tuple[Wish, ...] | None:
    """Draws examples until one fails, and makes it smaller; the same ones for the same seed.

    Args:
        fails: Whether one does; the same one always gives the same answer. It may raise ``Enough``.
        max_examples: So many are tried.
        max_steps: The longest is so long.
        seed_number: Chooses them.
        disturbances: Names of those that are on.

    Returns:
        The smallest that fails; None where none does.
    """
    found: list[tuple[Wish, ...]] = []
    stopped: list[Exception] = []

    @seed(seed_number)
    @settings(
        max_examples=max_examples,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        print_blob=False,
    )
    @given(wishes(max_steps, disturbances))
    def check(example: tuple[Wish, ...]) -> None:
        if stopped:
            return
        try:
            failed = fails(example)
        except Exception as error:  # noqa: BLE001  raised below: it is no failing example, to be made smaller
            stopped.append(error)
            return
        if failed:
            found.append(example)
            raise Falsified

    with contextlib.suppress(Falsified, Enough):
        cast("Callable[[], None]", check)()
    if stopped:
        raise stopped[0]
    return found[-1] if found else None  # Hypothesis ends with the smallest one
