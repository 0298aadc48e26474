"""What Hypothesis draws is the same for the same seed, and what fails is made smaller."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.errors import HarnessError
from harness.explored import Explored
from harness.plan.conduct import Terms, release_of
from harness.plan.schedule import REQUESTS
from harness.plan.wishes import DISTURBANCES, Enough, settle
from harness.traffic.explore import choose_length, most_lengths, search

if TYPE_CHECKING:
    from harness.plan.wishes import Wish

ALL = frozenset(one.name for one in DISTURBANCES)


def drawn(seed: int, count: int = 15, disturbances: frozenset[str] = ALL) -> list[tuple[Wish, ...]]:
    examples: list[tuple[Wish, ...]] = []

    def record(example: tuple[Wish, ...]) -> bool:
        examples.append(example)
        return False

    search(record, max_examples=count, max_steps=20, seed_number=seed, disturbances=disturbances)
    return examples


def test_the_same_seed_gives_the_same_rollouts_fifty_times() -> None:
    first = drawn(7)
    assert len(first) >= 10
    assert len({len(example) for example in first}) > 3
    for _ in range(50):
        assert drawn(7) == first


def test_another_seed_gives_others() -> None:
    assert drawn(7) != drawn(8)


def test_a_disturbance_that_is_off_shifts_no_other_draw() -> None:
    off = drawn(7, disturbances=ALL - {"crash"})
    assert [len(example) for example in off] == [len(example) for example in drawn(7)]
    found = False
    for before, after in zip(drawn(7), off, strict=True):
        for one, other in zip(before, after, strict=True):
            assert replace(one, kind="") == replace(other, kind="")
            found = found or one.kind == "crash"
            assert other.kind != "crash"
            if one.kind in {"start", "deploy"}:
                assert other.kind == one.kind
    assert found


def test_in_every_other_rollout_the_new_release_is_asked_however_many_steps_there_are() -> None:
    examples = [example for seed in range(3) for example in drawn(seed, count=60)]
    for steps in (0, 1, 2, 3, 5, 8):
        terms = Terms(steps=tuple(map(str, range(steps))), split=steps, journeys=("first", "second"))
        asked = [
            any(isinstance(action, REQUESTS) and release_of(action.replica) == "new" for action in actions)
            for actions in (settle(terms, example) for example in examples)
        ]
        assert sum(asked) > 0.5 * len(asked), steps


@pytest.mark.parametrize("max_steps", [1, 2, 3, 20, 30])
def test_every_length_is_drawn_and_the_shortest_is_the_simplest(max_steps: int) -> None:
    numbers = range(1, most_lengths(max_steps) + 1)
    lengths = [choose_length(number, max_steps) for number in numbers]
    assert lengths[:max_steps] == list(range(1, max_steps + 1))
    assert set(lengths) == set(range(1, max_steps + 1))
    assert sum(length <= max_steps // 2 for length in lengths) <= len(lengths) // 10


def test_what_fails_is_made_smaller_and_the_smallest_is_given() -> None:
    tried: list[int] = []

    def fails(example: tuple[Wish, ...]) -> bool:
        tried.append(len(example))
        return sum(wish.kind == "deploy" for wish in example) >= 2

    smallest = search(fails, max_examples=200, max_steps=20, seed_number=0, disturbances=ALL)
    assert smallest is not None
    assert fails(smallest)
    assert len(smallest) <= 3
    assert len(smallest) < max(tried)


def test_nothing_is_found_where_nothing_fails() -> None:
    assert search(lambda _: False, max_examples=5, max_steps=3, seed_number=0, disturbances=ALL) is None


def test_no_more_are_drawn_once_it_is_enough() -> None:
    seen = []

    def stop(example: tuple[Wish, ...]) -> bool:
        seen.append(example)
        if len(seen) == 3:
            raise Enough
        return False

    assert search(stop, max_examples=50, max_steps=20, seed_number=7, disturbances=ALL) is None
    assert len(seen) == 3


def test_an_error_of_ours_is_no_failing_rollout() -> None:
    tried: list[int] = []

    def breaks(_: tuple[Wish, ...]) -> bool:
        tried.append(1)
        raise HarnessError("the server is gone")

    with pytest.raises(HarnessError, match="the server is gone"):
        search(breaks, max_examples=50, max_steps=5, seed_number=0, disturbances=ALL)
    assert len(tried) == 1


def test_a_search_in_which_a_release_answered_nothing_found_nothing_out() -> None:
    nothing = Explored(examples=9, duration_s=1.0).untested
    assert nothing.startswith(
        "untested: in none of 9 rollouts did the old or the new release answer a request; give it"
    )
    alone = Explored(examples=9, duration_s=1.0, answered={"old": 9, "new": 0})
    assert alone.lines()[-1].startswith("untested: in none of 9 rollouts did the new release answer a request; give it")
    both = Explored(examples=9, duration_s=1.0, answered={"old": 9, "new": 4})
    assert both.lines()[1:] == ["answered    in 4 of 9 the new release answered", "found       nothing"]


def test_a_budget_that_was_over_before_anything_was_played_is_told_as_that() -> None:
    over = Explored(examples=0, duration_s=0.0, over_s=10.0)
    assert over.untested.startswith("untested: the budget of 10 s was over before the first rollout; give it a larger")
