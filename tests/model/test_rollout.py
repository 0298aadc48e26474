"""Replacing replicas, with Kubernetes' names and rounding."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.model.rollout import Change, Strategy, plan_rollout, resolve_count

COUNTS = st.one_of(st.integers(0, 12).map(str), st.integers(0, 120).map("{}%".format))
STRATEGIES = st.builds(Strategy, replicas=st.integers(1, 12), max_surge=COUNTS, max_unavailable=COUNTS)


def moves(replicas: int, max_surge: str, max_unavailable: str) -> str:
    """A rollout as ``+1 -1 +2 -2``."""
    strategy = Strategy(replicas=replicas, max_surge=max_surge, max_unavailable=max_unavailable)
    return " ".join(f"{'+' if change.start else '-'}{change.index}" for change in plan_rollout(strategy))


@pytest.mark.parametrize(
    ("value", "replicas", "surge", "unavailable"),
    [
        ("25%", 1, 1, 0),
        ("25%", 2, 1, 0),
        ("25%", 4, 1, 1),
        ("25%", 10, 3, 2),
        ("50%", 3, 2, 1),
        ("100%", 3, 3, 3),
        ("0%", 3, 0, 0),
        ("0", 3, 0, 0),
        ("2", 3, 2, 2),
    ],
)
def test_a_surge_rounds_up_and_what_may_be_unavailable_rounds_down(
    value: str, replicas: int, surge: int, unavailable: int
) -> None:
    assert resolve_count(value, replicas, up=True) == surge
    assert resolve_count(value, replicas, up=False) == unavailable


@pytest.mark.parametrize("value", ["", "%", "some", "x%", "1.5", "nan%"])
def test_what_is_neither_a_number_nor_a_percentage_has_no_count(value: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  the type is the contract; the caller words it
        resolve_count(value, 2, up=True)


@pytest.mark.parametrize(
    ("replicas", "max_surge", "max_unavailable", "expected"),
    [
        (2, "25%", "25%", "+1 -1 +2 -2"),
        (1, "25%", "25%", "+1 -1"),
        (4, "25%", "25%", "+1 -1 -2 +2 +3 -3 -4 +4"),
        (3, "100%", "0", "+1 +2 +3 -1 -2 -3"),
        (3, "0", "100%", "-1 -2 -3 +1 +2 +3"),
        (2, "0", "1", "-1 +1 -2 +2"),
        (2, "0", "0", "-1 +1 -2 +2"),
        (3, "0%", "25%", "-1 +1 -2 +2 -3 +3"),
    ],
)
def test_replicas_come_and_go_as_a_deployment_moves_them(
    replicas: int, max_surge: str, max_unavailable: str, expected: str
) -> None:
    assert moves(replicas, max_surge, max_unavailable) == expected


@settings(max_examples=150, deadline=None, derandomize=True)
@given(STRATEGIES)
def test_a_rollout_keeps_its_bounds_and_ends_with_new_replicas_alone(strategy: Strategy) -> None:
    surge = resolve_count(strategy.max_surge, strategy.replicas, up=True)
    unavailable = resolve_count(strategy.max_unavailable, strategy.replicas, up=False)
    if surge == unavailable == 0:
        unavailable = 1
    old, new = strategy.replicas, 0
    for change in plan_rollout(strategy):
        if change.start:
            new += 1
            assert change.index == new
        else:
            assert change.index == strategy.replicas - old + 1
            old -= 1
        assert old + new <= strategy.replicas + surge
        assert old + new >= strategy.replicas - unavailable
    assert (old, new) == (0, strategy.replicas)


def test_a_change_is_a_value() -> None:
    assert plan_rollout(Strategy(replicas=1)) == (Change(start=True, index=1), Change(start=False, index=1))
