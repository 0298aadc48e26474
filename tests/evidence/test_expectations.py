"""What a test item makes of an outcome, and expectations that must be met."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plan.subjects import make_revisions

from evidence.builders import (
    CACHED_PLAN,
    NO_COLUMN,
    NO_TABLE,
    ORDER,
    STOCK,
    at,
    failed,
    failed_twice,
    make_plan,
    migration_failed,
    not_ready,
    outcome_of,
    recovered,
    rehearsed,
    results,
)
from harness.errors import SettingsError
from harness.evidence.expectations import (
    ANY_STEP,
    ItemResult,
    Result,
    check_expectations,
    is_promised,
    judge_items,
    sqlstates,
)
from harness.evidence.outcomes import judge_outcomes
from harness.model.cell import BASE, ROLLOUT, Actor, Cell, Status
from harness.model.observed import SqlError
from harness.model.rollout import Schedule, When
from harness.model.settings import Expected

if TYPE_CHECKING:
    from harness.model.events import Event

Items: TypeAlias = dict[tuple[Cell, str], ItemResult]

PLAN = make_plan(2)
WARM, COLD, AHEAD = (at(PLAN, 1, actor) for actor in (Actor.OLD_WARM, Actor.OLD_COLD, Actor.NEW_AHEAD))
MIXED = Cell(ROLLOUT, Actor.MIXED)
LASTING = failed_twice(WARM)


def expect(step: str, actor: Actor = Actor.OLD_WARM, **fields: Any) -> Expected:
    return Expected(step=step, actor=actor, reason="known since May", **fields)


def result(cell: Cell, *events: Event, journey: str = ORDER, **how: Any) -> ItemResult:
    return results(PLAN, *events, **how)[cell, journey]


PROMISED_ALWAYS = {Actor.CONTROL, Actor.NEW_CONTROL, Actor.OLD, Actor.MIXED, Actor.NEW, Actor.ROLL_BACK}
OLD_ACTORS = {Actor.OLD_WARM, Actor.OLD_COLD, Actor.OLD_BOOT, Actor.OLD_BYPASS}
NEW_ACTORS = {Actor.NEW_AHEAD, Actor.NEW_WARM}


@pytest.mark.parametrize(
    ("when", "promised"),
    [
        (When.BEFORE, PROMISED_ALWAYS | OLD_ACTORS),
        (When.AT_BOOT, PROMISED_ALWAYS | OLD_ACTORS),
        (When.AFTER, PROMISED_ALWAYS | NEW_ACTORS),
    ],
)
def test_a_deployment_relies_on_the_release_that_serves_while_its_steps_run(when: When, promised: set[Actor]) -> None:
    assert {actor for actor in Actor if is_promised(actor, when)} == promised


def test_every_item_of_a_clean_run_passes() -> None:
    found = results(PLAN)
    assert list(found) == [(cell, ORDER) for cell in PLAN.cells]
    assert set(found.values()) == {ItemResult(result=Result.PASSED)}


@pytest.mark.parametrize("events", [LASTING, recovered(WARM)])
def test_a_failure_and_a_transient_fail_where_the_deployment_relies_on_the_cell(events: tuple[Event, ...]) -> None:
    assert result(WARM, *events) == ItemResult(result=Result.FAILED, reason="GET /orders/17 answered 500")
    assert result(WARM, *events, when=When.AFTER) == ItemResult(
        result=Result.XFAILED, reason='not relied on with when = "after"'
    )


def test_what_cannot_be_told_is_skipped_with_its_reason() -> None:
    assert result(WARM, silent=[WARM]) == ItemResult(
        result=Result.SKIPPED, reason="skipped: the rehearsal ended before it"
    )
    control = failed_twice(Cell(ROLLOUT, Actor.NEW_CONTROL))
    new = Cell(ROLLOUT, Actor.NEW)
    assert result(new, *control, *failed_twice(new)).result is Result.SKIPPED
    assert result(new, *control, *failed_twice(new)).reason.startswith("inconclusive: ")


def test_what_is_inherited_fails_as_is_known_already() -> None:
    found = results(PLAN, *LASTING, *failed_twice(at(PLAN, 2, Actor.OLD_WARM)), *failed_twice(MIXED))
    again = ItemResult(result=Result.XFAILED, reason="inherited from 0001_first")
    assert found[WARM, ORDER].result is Result.FAILED
    assert found[at(PLAN, 2, Actor.OLD_WARM), ORDER] == again
    assert found[MIXED, ORDER] == again


PROMISED_CELLS = [cell for cell in PLAN.cells if is_promised(cell.actor, When.BEFORE)]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.sets(st.tuples(st.sampled_from(PLAN.cells), st.booleans()), max_size=6))
def test_no_run_is_green_in_which_a_promised_cell_failed(broken: set[tuple[Cell, bool]]) -> None:
    """Whatever is inherited, skipped or inconclusive: one item fails for it, where nothing was expected."""
    cells = {cell for cell, _ in broken}
    events = [e for cell, alike in broken for e in failed_twice(cell, sql=NO_COLUMN if alike else NO_TABLE)]
    found = results(PLAN, *events)
    if cells & set(PROMISED_CELLS):
        assert Result.FAILED in {item.result for item in found.values()}
    else:
        assert {item.result for item in found.values()} <= {Result.PASSED, Result.XFAILED}


@pytest.mark.parametrize("step", ["0001", "0001_first", ANY_STEP])
@pytest.mark.parametrize("status", [None, Status.FAIL])
@pytest.mark.parametrize("codes", [(), ("42703",), ("42P01", "42703")])
def test_an_expectation_that_is_met_makes_an_expected_failure(
    step: str, status: Status | None, codes: tuple[str, ...]
) -> None:
    met = expect(step, status=status, sqlstates=codes)
    assert result(WARM, *LASTING, expected=(met,)) == ItemResult(result=Result.XFAILED, reason="known since May")


@pytest.mark.parametrize(
    "other",
    [
        expect("0002"),
        expect("0002_second"),
        expect(ROLLOUT),
        expect("0001", Actor.OLD_COLD),
        expect("0001", status=Status.TRANSIENT),
        expect("0001", sqlstates=("42P01",)),
    ],
    ids=["id", "label", "rollout", "actor", "status", "sqlstate"],
)
def test_an_expectation_of_something_else_excuses_nothing(other: Expected) -> None:
    assert result(WARM, *LASTING, expected=(other,)).result is Result.FAILED


def test_a_transient_is_expected_by_its_name_or_by_none() -> None:
    passing = recovered(WARM, sql=CACHED_PLAN)
    for met in (expect("0001"), expect("0001", status=Status.TRANSIENT, sqlstates=("0A000",))):
        assert result(WARM, *passing, expected=(met,)).result is Result.XFAILED
    assert result(WARM, *passing, expected=(expect("0001", status=Status.FAIL),)).result is Result.FAILED


ABORTED = SqlError(replica="old-1", sqlstate="25P02", message="current transaction is aborted")
TWO = ("42703", "42P01")


@pytest.mark.parametrize(
    ("second", "codes", "met"),
    [
        (failed(WARM, sql=NO_TABLE, round_=2), ("42703",), False),
        (failed(WARM, sql=NO_TABLE, round_=2), TWO, True),
        (failed(WARM, sql=None, round_=2), ("42703",), False),
        (failed(WARM, sql=None, round_=2), (), True),
        (failed(WARM, sql=ABORTED, round_=2), ("42703",), True),
    ],
    ids=["another code", "both named", "no code", "any", "the rest of a transaction"],
)
def test_an_expectation_of_a_code_excuses_no_other_error_beside_it(
    second: Event, codes: tuple[str, ...], met: bool
) -> None:
    wanted = Result.XFAILED if met else Result.FAILED
    events = (failed(WARM), second)
    assert result(WARM, *events, expected=(expect("0001", sqlstates=codes),)).result is wanted


def test_it_is_told_which_code_alone_is_excused() -> None:
    plan = make_plan(1, (ORDER, STOCK))
    warm = at(plan, 1, Actor.OLD_WARM)
    found = results(plan, *failed_twice(warm, sql=NO_TABLE), expected=(expect("0001", sqlstates=("42703",)),))
    assert found[warm, ORDER].result is Result.FAILED
    assert found[warm, ORDER].reason.endswith(
        '; [expect."0001"] old-warm excuses 42703, and nothing beside it: look why, or leave sqlstate out'
    )
    assert found[warm, STOCK].result is Result.PASSED


def test_an_expectation_that_is_not_met_fails_its_cell_and_says_what_to_do() -> None:
    found = results(PLAN, expected=(expect("0001"),))
    assert found[WARM, ORDER] == ItemResult(
        result=Result.FAILED,
        reason=(
            '[expect."0001"] old-warm did not fail as expected ("known since May"): '
            "take the expectation out of the settings, or look why"
        ),
    )
    assert {item.result for key, item in found.items() if key != (WARM, ORDER)} == {Result.PASSED}


def test_an_expectation_of_any_step_is_met_by_one_and_not_met_by_none() -> None:
    anywhere = (expect(ANY_STEP),)
    second = at(PLAN, 2, Actor.OLD_WARM)
    assert {item.result for item in results(PLAN, *LASTING, expected=anywhere).values()} == {
        Result.PASSED,
        Result.XFAILED,
    }
    unmet = results(PLAN, expected=anywhere)
    assert [key[0] for key, item in unmet.items() if item.result is Result.FAILED] == [WARM, second]


def test_one_journey_that_fails_is_enough_to_meet_an_expectation() -> None:
    plan = make_plan(1, (ORDER, STOCK))
    warm = at(plan, 1, Actor.OLD_WARM)
    found = results(plan, *failed_twice(warm, STOCK), expected=(expect("0001"),))
    assert found[warm, ORDER].result is Result.PASSED
    assert found[warm, STOCK].result is Result.XFAILED


def test_a_part_of_the_journeys_need_not_meet_an_expectation() -> None:
    assert result(WARM, expected=(expect("0001"),), complete=False).result is Result.PASSED
    assert result(WARM, *LASTING, expected=(expect("0001"),), complete=False).result is Result.XFAILED


def test_an_expectation_is_not_missed_where_the_walk_never_came() -> None:
    assert result(WARM, expected=(expect("0001"),), silent=[WARM]).result is Result.SKIPPED


def judged(*unmet: Cell, all_met: bool = True, complete: bool = True, when: When = When.BEFORE, **how: Any) -> Items:
    """Items of a clean run in which no journey met anything in some cells."""
    outcomes = {
        key: replace(outcome, status=Status.UNTESTED, reason="nobody met it") if key[0] in unmet else outcome
        for key, outcome in judge_outcomes(PLAN, rehearsed(PLAN)).items()
    }
    expected = how.get("expected", ())
    return judge_items(PLAN, outcomes, expected, Schedule(when=when), complete=complete, all_met=all_met)


def failing(items: Items) -> dict[Cell, str]:
    return {cell: item.reason for (cell, _), item in items.items() if item.result is Result.FAILED}


def test_a_step_that_no_journey_meets_fails_once_where_that_is_asked_for() -> None:
    assert not failing(judged(WARM, COLD, AHEAD, all_met=False))
    reason = 'untested: nobody met it; [journeys] untested = "fail": write a journey that does, or expect it'
    assert failing(judged(WARM, COLD, AHEAD)) == {WARM: reason}


def test_the_release_that_has_to_live_with_a_step_has_to_meet_it() -> None:
    assert not failing(judged(AHEAD))
    assert not failing(judged(WARM, COLD, when=When.AFTER))
    assert list(failing(judged(AHEAD, when=When.AFTER))) == [AHEAD]


def test_a_part_of_the_journeys_need_not_meet_each_step() -> None:
    assert not failing(judged(WARM, COLD, complete=False))


def test_a_step_may_be_known_to_be_untested() -> None:
    known = expect(WARM.step, status=Status.UNTESTED)
    assert not failing(judged(WARM, COLD, expected=(known,)))
    assert "is not untested as expected" in failing(judged(expected=(known,)))[WARM]


def test_an_expected_failure_does_not_excuse_that_nothing_was_seen() -> None:
    failure = expect(WARM.step, status=Status.FAIL)
    assert "nobody met it" in failing(judged(WARM, expected=(failure,)))[WARM]


def test_a_failure_that_nobody_relies_on_must_still_be_the_one_that_is_expected() -> None:
    other = expect("0001", Actor.NEW_AHEAD, sqlstates=("42P01",))
    assert result(AHEAD, *failed_twice(AHEAD), expected=(other,)).result is Result.FAILED
    met = expect("0001", Actor.NEW_AHEAD, sqlstates=("42703",))
    assert result(AHEAD, *failed_twice(AHEAD), expected=(met,)).reason == "known since May"


def test_a_lasting_failure_does_not_hide_behind_an_expected_transient_of_an_earlier_step() -> None:
    second = at(PLAN, 2, Actor.OLD_WARM)
    events = [*recovered(WARM, sql=CACHED_PLAN), *failed_twice(second, sql=CACHED_PLAN)]
    expected = expect("0001", status=Status.TRANSIENT, sqlstates=("0A000",))
    assert result(second, *events, expected=(expected,)).result is Result.FAILED


def test_where_no_journey_ran_one_item_fails_for_all() -> None:
    plan = make_plan(1, (ORDER, STOCK))
    cold = at(plan, 1, Actor.OLD_COLD)
    found = results(plan, not_ready(cold))
    assert found[cold, ORDER].result is Result.FAILED
    assert found[cold, STOCK] == ItemResult(
        result=Result.XFAILED, reason="exited with status 1 before it was ready: see order in this cell"
    )


def test_where_journeys_ran_each_of_them_fails() -> None:
    plan = make_plan(1, (ORDER, STOCK))
    warm = at(plan, 1, Actor.OLD_WARM)
    found = results(plan, *failed_twice(warm, ORDER), *failed_twice(warm, STOCK))
    assert found[warm, ORDER].result is found[warm, STOCK].result is Result.FAILED


@pytest.mark.parametrize(
    ("events", "codes"),
    [
        (LASTING, ("42703",)),
        ((failed(WARM, sql=NO_TABLE), failed(WARM, round_=2)), ("42P01", "42703")),
        (failed_twice(WARM, sql=None), ()),
        ((not_ready(WARM, sql=(NO_TABLE,)),), ("42P01",)),
        ((not_ready(WARM),), ()),
        ((migration_failed(WARM),), ("23502",)),
        ((migration_failed(WARM, sqlstate=""),), ()),
    ],
)
def test_the_sqlstates_of_an_outcome_are_told_once_each(events: tuple[Event, ...], codes: tuple[str, ...]) -> None:
    assert sqlstates(outcome_of(PLAN, WARM, *events)) == codes


@pytest.mark.parametrize("step", ["0001", "0002_second", ANY_STEP])
def test_expectations_name_steps_by_id_label_or_all(step: str) -> None:
    check_expectations(
        (expect(step), expect(ROLLOUT, Actor.MIXED)), make_revisions(2), PLAN.cells, (), "rolldeploy.toml"
    )


@pytest.mark.parametrize("step", ["0003", "first", "0001_"])
def test_an_expectation_for_no_step_is_refused_with_those_that_there_are(step: str) -> None:
    with pytest.raises(SettingsError) as caught:
        check_expectations((expect("0001"), expect(step)), make_revisions(2), PLAN.cells, (), "rolldeploy.toml")
    assert str(caught.value) == (
        f'rolldeploy.toml, [expect."{step}"]: no such step; there are base, 0001_first, 0002_second, rollout and *'
    )


@pytest.mark.parametrize(("step", "actor"), [("0001", Actor.MIXED), (ROLLOUT, Actor.OLD_WARM), (BASE, Actor.NEW)])
def test_an_expectation_of_an_actor_that_is_never_asked_there_is_refused(step: str, actor: Actor) -> None:
    """It could never be met, and never be missed either."""
    with pytest.raises(SettingsError, match=actor):
        check_expectations((expect(step, actor),), make_revisions(2), PLAN.cells, (), "rolldeploy.toml")


@pytest.mark.parametrize(
    ("when", "told", "not_told"),
    [(When.BEFORE, Actor.OLD_WARM, Actor.NEW_WARM), (When.AFTER, Actor.NEW_WARM, Actor.OLD_WARM)],
)
def test_a_migration_that_fails_is_red_for_whoever_serves_while_it_is_run(
    when: When, told: Actor, not_told: Actor
) -> None:
    failed = [migration_failed(Cell(WARM.step, actor)) for actor in (told, not_told)]
    found = results(PLAN, *failed, when=when)
    assert found[Cell(WARM.step, told), ORDER].result is Result.FAILED
    assert found[Cell(WARM.step, not_told), ORDER].result is Result.XFAILED


def test_what_is_expected_of_a_fresh_replica_alone_excuses_no_heir_that_serves() -> None:
    plan = make_plan(3)
    cold, warm = at(plan, 1, Actor.OLD_COLD), [at(plan, step, Actor.OLD_WARM) for step in (1, 2, 3)]
    known = Expected(step="0001_first", actor="old-cold", reason="nothing is scaled out")
    events = [*failed_twice(cold), *failed_twice(warm[1])]
    items = results(plan, *events, expected=(known,))
    assert items[cold, ORDER].result is Result.XFAILED
    assert items[warm[1], ORDER].result is Result.FAILED
    assert items[warm[1], ORDER].reason.endswith("by the doing of 0001_first, where it is expected of old-cold alone")
    assert results(plan, *events)[warm[1], ORDER].result is Result.XFAILED  # the step itself is red
    assert results(plan, *events, expected=(known,), when=When.AFTER)[warm[1], ORDER].result is Result.XFAILED
    both = replace(known, actor="old-warm")
    items = results(plan, *events, *failed_twice(warm[0]), expected=(known, both))
    assert items[warm[1], ORDER].result is Result.XFAILED
    too = replace(known, step="0002_second", actor="old-warm")
    assert results(plan, *events, expected=(known, too))[warm[1], ORDER].result is Result.XFAILED


def test_a_migration_that_is_expected_to_fail_fails_for_whoever_serves() -> None:
    plan = make_plan(2)
    warm, cold = at(plan, 1, Actor.OLD_WARM), at(plan, 1, Actor.OLD_COLD)
    known = Expected(step="0001_first", actor="old-warm", reason="it needs the rows of production")
    items = results(plan, migration_failed(warm), migration_failed(cold), expected=(known,))
    assert (items[warm, ORDER].result, items[cold, ORDER].result) == (Result.XFAILED, Result.XFAILED)
