"""A refusal is made up for where the same request stores as often as in the control run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from evidence.builders import at, make_plan, outcome_of, passed
from harness.evidence.story import tell
from harness.model.cell import BASE, ROLLOUT, Actor, Cell, Status
from harness.model.exchange import Exchange
from harness.model.observed import SqlError, Wrote

if TYPE_CHECKING:
    from harness.model.events import Attempted

PLAN = make_plan(1)
WARM, CONTROL = at(PLAN, 1, Actor.OLD_WARM), Cell(BASE, Actor.CONTROL)
IMPORT = Exchange(replica="old-1", method="POST", path="/imports", request='["abc", "DEF"]', status=200)
LINES = Wrote(exchange=0, target="INSERT lines", statement="5d0cd7e1", times=2)
ONE = replace(LINES, times=1)
REFUSED = SqlError(
    replica="old-1",
    sqlstate="23514",
    message='new row for relation "lines" violates check constraint "upper_case"',
    statement="INSERT INTO lines (code) VALUES ($1)",
    exchange=0,
    retried=True,
)


def sent(cell: Cell, *wrote: Wrote, sql: tuple[SqlError, ...] = (), copy: int = 1) -> Attempted:
    return passed(cell, copy=copy, exchanges=(IMPORT,), wrote=wrote, sql=sql)


USUAL = tuple(sent(CONTROL, LINES, copy=n) for n in (1, 2))


def test_another_row_that_goes_through_later_is_not_the_refused_one_again() -> None:
    outcome = outcome_of(PLAN, WARM, *USUAL, sent(WARM, ONE, sql=(REFUSED,)))
    assert outcome.status is Status.FAIL
    assert outcome.reason.startswith("a write was acknowledged and never stored: 23514")
    story = tell(outcome, PLAN, ())
    assert story is not None
    assert story.request.startswith("POST /imports")


@pytest.mark.parametrize(
    ("control", "wrote", "error"),
    [
        (USUAL, (LINES,), REFUSED),
        (USUAL, (replace(LINES, times=3),), REFUSED),
        (USUAL, (replace(ONE, statement="another"),), REFUSED),
        (USUAL, (ONE, replace(ONE, exchange=None)), REFUSED),
        (USUAL, (ONE,), replace(REFUSED, sqlstate="23505")),
        (USUAL, (ONE,), replace(REFUSED, exchange=None)),
        (USUAL[:1], (ONE,), REFUSED),
        ((*USUAL, sent(CONTROL, ONE)), (ONE,), REFUSED),
        ((*USUAL, sent(CONTROL)), (ONE,), REFUSED),
        (tuple(sent(CONTROL) for _ in range(2)), (ONE,), REFUSED),
    ],
    ids=[
        "as often",
        "more often",
        "by another statement",
        "behind the answer",
        "it is there already",
        "during no request",
        "seen once",
        "now so, now so",
        "not each time",
        "a journal without it",
    ],
)
def test_where_it_cannot_be_told_it_was_sent_again(
    control: tuple[Attempted, ...], wrote: tuple[Wrote, ...], error: SqlError
) -> None:
    outcome = outcome_of(PLAN, WARM, *control, sent(WARM, *wrote, sql=(error,)))
    assert outcome.status is Status.PASS
    assert outcome.reason.endswith("the application made up for it")


def test_the_new_release_is_compared_with_its_own_control_run() -> None:
    new, ahead = Cell(ROLLOUT, Actor.NEW_CONTROL), at(PLAN, 1, Actor.NEW_AHEAD)
    lost = sent(ahead, ONE, sql=(replace(REFUSED, replica="new-1"),))
    once = [sent(new, ONE, copy=n) for n in (1, 2)]
    assert outcome_of(PLAN, ahead, *USUAL, *once, lost).status is Status.PASS
    twice = [sent(new, LINES, copy=n) for n in (1, 2)]
    assert outcome_of(PLAN, ahead, *USUAL, *twice, lost).status is Status.FAIL
