"""A quota that a step changed is told from a limit of the pace, though both answer 429."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from evidence.builders import ORDER, STOCK, at, failed_twice, make_plan, outcome_of, passed
from harness.model.cell import BASE, ROLLOUT, Actor, Cell, Status
from harness.model.events import Failure, Warmed
from harness.model.exchange import Exchange
from harness.model.observed import SqlError

if TYPE_CHECKING:
    from harness.model.events import Attempted

PLAN = make_plan(2)
WARM, COLD = at(PLAN, 1, Actor.OLD_WARM), at(PLAN, 1, Actor.OLD_COLD)
MAKE = Exchange(replica="old-1", method="POST", path="/keys", request="{}", status=201)
CALL = Exchange(replica="old-1", method="POST", path="/keys/17/calls", request="{}", status=201)
AWAY = Exchange(replica="old-1", method="POST", path="/keys/17/calls", request="{}", status=429)
WRONG = Failure(kind="HTTPStatusError", text="429 Too Many Requests", where="test.py:7")


def away(
    cell: Cell,
    round_: int = 1,
    before: tuple[Exchange, ...] = (MAKE, CALL),
    *,
    origin: str = "fresh",
    journey: str = ORDER,
) -> Attempted:
    """A copy that is turned away behind some requests."""
    return passed(cell, journey, round_=round_, exchanges=(*before, AWAY), failure=WRONG, segment=0, origin=origin)


def always_away(cell: Cell) -> list[Attempted]:
    """Each copy that is started there, and each one that was before, at its second call."""
    found = [away(cell, round_) for round_ in (1, 2)]
    return found + [away(cell, round_, (CALL,), origin="base-control") for round_ in (1, 2)]


def both(*events: Attempted | Warmed) -> tuple[Status, Status]:
    return outcome_of(PLAN, WARM, *events).status, outcome_of(PLAN, COLD, *events).status


EXCUSED = (Status.INCONCLUSIVE, Status.INCONCLUSIVE)


def test_where_every_copy_is_turned_away_at_the_same_request_the_step_did_it() -> None:
    events = [*always_away(WARM), *always_away(COLD)]
    assert both(*events) == (Status.FAIL, Status.FAIL)
    assert "turn it off by env" in outcome_of(PLAN, WARM, *events).reason


def test_rows_that_a_step_changed_turn_away_those_copies_alone_that_had_them() -> None:
    older = [away(cell, n, (CALL,), origin="base-control") for cell in (WARM, COLD) for n in (1, 2)]
    fresh = [passed(cell, round_=n, exchanges=(MAKE, CALL, CALL)) for cell in (WARM, COLD) for n in (1, 2)]
    assert both(*older, *fresh) == (Status.FAIL, Status.FAIL)


@pytest.mark.parametrize(
    "events",
    [
        [passed(WARM, round_=1, exchanges=(MAKE, CALL, CALL)), away(WARM, 2), *always_away(COLD)],
        [away(WARM, 1), away(WARM, 2, ()), *always_away(COLD)],
        [away(WARM, 1), *always_away(COLD)],
        [*always_away(WARM), away(COLD, 1), passed(COLD, round_=2, exchanges=(MAKE, CALL, CALL))],
    ],
    ids=["in the middle", "at another request", "once", "in the middle, later"],
)
def test_a_limit_that_runs_out_in_the_walk_is_no_steps_doing(events: list[Attempted]) -> None:
    assert set(both(*events)) <= {Status.INCONCLUSIVE}


def test_a_limit_that_is_counted_in_a_replicas_memory_is_no_steps_doing() -> None:
    """It may run out just before the step; a replica that has only just started counts from the beginning."""
    assert both(*always_away(WARM)) == (Status.INCONCLUSIVE, Status.PASS)


def test_a_limit_that_the_control_run_has_met_is_no_steps_doing() -> None:
    """Its journey may wait and send again there, or expect to be turned away."""
    control = passed(Cell(BASE, Actor.CONTROL), exchanges=(MAKE, AWAY, CALL))
    assert both(control, *always_away(WARM), *always_away(COLD)) == EXCUSED


def test_a_limit_that_ran_out_while_replicas_were_warmed_is_no_steps_doing() -> None:
    short = Warmed(number=1, cell=WARM, runs=(("old-1", 2, 6),))
    assert both(short, *always_away(WARM), *always_away(COLD)) == EXCUSED
    enough = Warmed(number=1, cell=WARM, runs=(("old-1", 6, 6),))
    assert both(enough, *always_away(WARM), *always_away(COLD)) == (Status.FAIL, Status.FAIL)


def test_a_limit_that_ran_out_in_the_midst_of_another_journey_is_no_steps_doing() -> None:
    plan = make_plan(2, (ORDER, STOCK))
    other = [passed(WARM, STOCK, round_=1), away(WARM, 2, journey=STOCK)]
    outcome = outcome_of(plan, WARM, *always_away(WARM), *always_away(COLD), *other)
    assert outcome.status is Status.INCONCLUSIVE


def test_two_releases_in_turn_may_be_turned_away_in_turn() -> None:
    mixed = Cell(ROLLOUT, Actor.MIXED)
    events = [away(mixed, 1), passed(mixed, round_=2), *always_away(WARM), *always_away(COLD)]
    assert both(*events) == (Status.FAIL, Status.FAIL)
    assert outcome_of(PLAN, mixed, *events).status is Status.INCONCLUSIVE


def test_the_new_release_ahead_of_a_step_is_asked_in_the_same_way() -> None:
    ahead = at(PLAN, 1, Actor.NEW_AHEAD)
    assert outcome_of(PLAN, ahead, *always_away(ahead)).status is Status.FAIL
    control = passed(Cell(ROLLOUT, Actor.NEW_CONTROL), exchanges=(MAKE, AWAY, CALL))
    assert outcome_of(PLAN, ahead, control, *always_away(ahead)).status is Status.INCONCLUSIVE


def test_what_fails_beside_an_answer_429_is_not_excused_by_it() -> None:
    """A journey may expect to be turned away, and fail of something else."""
    broken = Exchange(replica="old-1", method="GET", path="/orders/17", status=500)
    failed = failed_twice(WARM, exchanges=(AWAY, broken), sql=None)
    assert outcome_of(PLAN, WARM, *failed).status is Status.FAIL
    refused = SqlError(
        replica="old-1", sqlstate="23502", message="null value", statement="INSERT INTO a", exchange=1, retried=False
    )
    lost = [passed(WARM, round_=n, exchanges=(AWAY, MAKE), sql=(refused,)) for n in (1, 2)]
    assert outcome_of(PLAN, WARM, *lost).status is Status.FAIL
