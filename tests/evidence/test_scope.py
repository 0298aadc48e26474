"""How far a failure reaches: which rows show it, and what heals it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from evidence.builders import ORDER, at, failed, failed_twice, make_plan, passed, rehearsed
from harness.evidence.outcomes import judge_outcomes
from harness.evidence.scope import attempts_by_place, describe_scope
from harness.model.cell import Actor, Cell

if TYPE_CHECKING:
    from harness.model.events import Attempted

PLAN = make_plan(2)
WARM = at(PLAN, 1, Actor.OLD_WARM)
BEFORE = "base-control"


def scope(cell: Cell, *events: Attempted) -> str:
    happened = rehearsed(PLAN, *events)
    outcomes = judge_outcomes(PLAN, happened)
    return describe_scope(outcomes[cell, ORDER], PLAN, outcomes, attempts_by_place(happened)[cell, ORDER])


@pytest.mark.parametrize(
    ("origin_of_the_bad", "origin_of_the_good", "said"),
    [
        (BEFORE, "fresh", "only what was written before shows it: what is written now is read"),
        ("fresh", BEFORE, "only what is done now shows it: what was written before is still read"),
        ("fresh", "fresh", ""),
    ],
)
def test_which_rows_show_it(origin_of_the_bad: str, origin_of_the_good: str, said: str) -> None:
    events = [
        attempt
        for round_ in (1, 2)
        for attempt in (
            failed(WARM, round_=round_, origin=origin_of_the_bad),
            passed(WARM, round_=round_, origin=origin_of_the_good),
        )
    ]
    again = failed_twice(at(PLAN, 2, Actor.OLD_WARM))
    assert scope(WARM, *events, *again) == said


def test_a_later_step_that_heals_it_is_named() -> None:
    assert scope(WARM, *failed_twice(WARM)) == "healed by 0002_second, behind which it passes again"


def test_what_stays_broken_is_not_healed() -> None:
    assert scope(WARM, *failed_twice(WARM), *failed_twice(at(PLAN, 2, Actor.OLD_WARM))) == ""


def test_what_passes_has_no_scope() -> None:
    assert scope(WARM) == ""
