"""Whose fault a failure is: this step's, another step's, or the new release's own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

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
    not_ready,
    outcome_of,
    passed,
    recovered,
    rehearsed,
    results,
)
from harness.evidence.expectations import Result
from harness.evidence.outcomes import judge_outcomes
from harness.model.cell import BASE, ROLLOUT, Actor, Cell, Status
from harness.model.events import Failure
from harness.model.settings import Expected

if TYPE_CHECKING:
    from harness.model.events import Event

PLAN = make_plan(3)
CONTROL, MIXED, NEW, BACK = (
    Cell(ROLLOUT, actor) for actor in (Actor.NEW_CONTROL, Actor.MIXED, Actor.NEW, Actor.ROLL_BACK)
)


def warm(step: int) -> Cell:
    return at(PLAN, step, Actor.OLD_WARM)


def cold(step: int) -> Cell:
    return at(PLAN, step, Actor.OLD_COLD)


def ahead(step: int) -> Cell:
    return at(PLAN, step, Actor.NEW_AHEAD)


def new_warm(step: int) -> Cell:
    return at(PLAN, step, Actor.NEW_WARM)


def guilt(*events: Event) -> dict[str, str | None]:
    """Each cell that failed, and the step that it has inherited that from."""
    outcomes = judge_outcomes(PLAN, rehearsed(PLAN, *events))
    return {str(cell): o.inherited_from for (cell, _), o in outcomes.items() if o.status is Status.FAIL}


def test_what_broke_the_old_release_at_one_step_still_breaks_it_at_the_next() -> None:
    assert guilt(*(attempt for step in (2, 3) for attempt in failed_twice(warm(step)))) == {
        "0002_second-old-warm": None,
        "0003_third-old-warm": "0002_second",
    }


def test_the_first_guilty_step_is_named_however_far_the_failure_goes_on() -> None:
    attempts = [a for step in (1, 2, 3) for cell in (warm(step), cold(step)) for a in failed_twice(cell)]
    assert set(guilt(*attempts).values()) == {None, "0001_first"}


def test_warm_and_cold_of_one_step_are_both_its_own_doing() -> None:
    assert guilt(*failed_twice(warm(1)), *failed_twice(cold(1))) == {
        "0001_first-old-warm": None,
        "0001_first-old-cold": None,
    }


def test_what_a_cold_replica_met_first_a_warm_one_inherits_at_the_next_step() -> None:
    assert guilt(*failed_twice(cold(1)), *failed_twice(warm(2)))["0002_second-old-warm"] == "0001_first"


def test_a_warm_replica_that_worked_has_no_status_and_no_line_from_a_cold_one() -> None:
    """The same status may mean another failure; where it did not work there itself, nobody knows."""
    wrong = Failure(kind="AssertionError", text="2 is not 1", where="test.py:7")
    lines = [passed(cell, round_=n, failure=wrong) for cell in (cold(1), warm(2), cold(2)) for n in (1, 2)]
    statuses = [a for cell in (cold(1), warm(2), cold(2)) for a in failed_twice(cell, sql=None)]
    for events in (lines, statuses):
        assert guilt(*events) == {
            "0001_first-old-cold": None,
            "0002_second-old-warm": None,
            "0002_second-old-cold": "0001_first",
        }
        assert guilt(*events, *recovered(warm(1), sql=NO_TABLE))["0002_second-old-warm"] is None
        unseen = judge_outcomes(PLAN, rehearsed(PLAN, *events, silent=[warm(1)]))
        assert unseen[warm(2), ORDER].inherited_from == "0001_first"


def test_who_works_again_has_no_longer_what_it_showed_before() -> None:
    events = [*failed_twice(cold(1), sql=None), *failed_twice(warm(1), sql=None)]
    events += [*failed_twice(cold(2), sql=None), *failed_twice(warm(3), sql=None)]
    found = guilt(*events)
    assert found["0002_second-old-cold"] == "0001_first"
    assert found["0003_third-old-warm"] is None


def test_an_accepted_failure_of_a_cold_replica_hides_no_failure_of_a_warm_one() -> None:
    events = [a for cell in (cold(1), warm(2), cold(2)) for a in failed_twice(cell, sql=None)]
    expected = (Expected(step="0001_first", actor="old-cold", reason="nothing is scaled out"),)
    items = results(PLAN, *events, expected=expected)
    assert items[cold(1), ORDER].result is Result.XFAILED
    assert items[warm(2), ORDER].result is Result.FAILED


def test_a_copy_that_is_started_behind_a_step_has_no_status_from_older_ones_alone() -> None:
    """It worked behind the step before, so that this step broke what is written now."""
    older = [a for step in (1, 2) for a in failed_twice(warm(step), sql=None, origin="base-control")]
    fresh = {step: [passed(warm(step), round_=n) for n in (1, 2)] for step in (1, 2, 3)}
    broken = {step: list(failed_twice(warm(step), sql=None)) for step in (1, 2, 3)}
    assert guilt(*older, *fresh[1], *fresh[2])["0002_second-old-warm"] == "0001_first"
    assert guilt(*older, *fresh[1], *broken[2])["0002_second-old-warm"] is None
    assert guilt(*older, *broken[1], *broken[2])["0002_second-old-warm"] == "0001_first"
    grown = failed_twice(warm(2), sql=None, origin="traveller")
    assert guilt(*broken[1], *grown, *fresh[2])["0002_second-old-warm"] == "0001_first"
    named = [a for step in (1, 2) for a in failed_twice(warm(step), origin="base-control")]
    assert guilt(*named, *failed_twice(warm(2)))["0002_second-old-warm"] == "0001_first"


def test_a_second_guilty_step_shows_by_another_sqlstate() -> None:
    assert guilt(*failed_twice(warm(1)), *failed_twice(warm(2), sql=NO_TABLE)) == {
        "0001_first-old-warm": None,
        "0002_second-old-warm": None,
    }


def test_of_two_signatures_one_that_is_new_is_enough_to_be_guilty() -> None:
    assert guilt(*failed_twice(warm(1)), failed(warm(2)), failed(warm(2), round_=2, sql=NO_TABLE)) == {
        "0001_first-old-warm": None,
        "0002_second-old-warm": None,
    }


def test_of_two_signatures_that_are_both_known_nothing_is_its_own() -> None:
    both = [failed(warm(3)), failed(warm(3), round_=2, sql=NO_TABLE)]
    found = guilt(*failed_twice(warm(1)), *failed_twice(warm(2), sql=NO_TABLE), *both)
    assert found["0003_third-old-warm"] in {"0001_first", "0002_second"}


def test_a_failure_is_not_inherited_by_another_journey() -> None:
    plan = make_plan(2, (ORDER, STOCK))
    first, second = at(plan, 1, Actor.OLD_WARM), at(plan, 2, Actor.OLD_WARM)
    outcomes = judge_outcomes(plan, rehearsed(plan, *failed_twice(first, ORDER), *failed_twice(second, STOCK)))
    assert outcomes[second, STOCK].own_failure


def test_a_failure_that_was_gone_in_between_is_the_later_steps_own() -> None:
    """The step between took it back: what is broken at the third step, the third step broke."""
    assert guilt(*failed_twice(warm(1)), *failed_twice(warm(3)))["0003_third-old-warm"] is None


def test_a_failure_that_another_one_hid_for_a_while_is_still_the_first_steps() -> None:
    hidden = [*failed_twice(warm(1)), *failed_twice(warm(2), sql=NO_TABLE), *failed_twice(warm(3))]
    assert guilt(*hidden)["0003_third-old-warm"] == "0001_first"


def test_a_lasting_failure_is_not_inherited_from_one_that_recovered() -> None:
    """A warm connection may survive one cached plan and not the next; the SQLSTATE is the same."""
    found = guilt(*recovered(warm(1), sql=CACHED_PLAN), *failed_twice(warm(2), sql=CACHED_PLAN))
    assert found == {"0002_second-old-warm": None}


def test_a_failure_of_the_boot_command_is_inherited_from_the_boot_command_alone() -> None:
    plan = make_plan(2, old_boot=True)
    boots = [at(plan, step, Actor.OLD_BOOT) for step in (1, 2)]
    lost = [not_ready(cell, signature="boot exited with 1") for cell in boots]
    assert outcome_of(plan, boots[0], *lost).inherited_from is None
    assert outcome_of(plan, boots[1], *lost).inherited_from == "0001_first"
    cold_first = not_ready(at(plan, 1, Actor.OLD_COLD), signature="boot exited with 1")
    assert outcome_of(plan, boots[1], cold_first, lost[1]).inherited_from is None


def test_what_the_new_release_misses_before_a_step_it_may_miss_because_of_a_later_one() -> None:
    attempts = [*failed_twice(ahead(1)), *failed_twice(new_warm(1)), *failed_twice(ahead(2))]
    assert guilt(*attempts) == {
        "0001_first-new-ahead": "0002_second",
        "0001_first-new-warm": "0002_second",
        "0002_second-new-ahead": None,
    }


def test_the_last_step_that_the_new_release_misses_is_the_guilty_one() -> None:
    attempts = [attempt for step in (1, 2, 3) for attempt in failed_twice(ahead(step))]
    assert guilt(*attempts) == {
        "0001_first-new-ahead": "0003_third",
        "0002_second-new-ahead": "0003_third",
        "0003_third-new-ahead": None,
    }


def test_an_earlier_step_that_the_new_release_misses_in_another_way_is_guilty_too() -> None:
    assert guilt(*failed_twice(ahead(1), sql=NO_TABLE), *failed_twice(ahead(2))) == {
        "0001_first-new-ahead": None,
        "0002_second-new-ahead": None,
    }


def test_what_a_warm_new_replica_suffers_after_a_step_is_not_inherited_from_what_it_suffered_before_it() -> None:
    assert guilt(*failed_twice(ahead(2)), *failed_twice(new_warm(2))) == {
        "0002_second-new-ahead": None,
        "0002_second-new-warm": None,
    }


def test_the_old_releases_failures_are_not_the_new_ones() -> None:
    assert guilt(*failed_twice(warm(1)), *failed_twice(ahead(2)), *failed_twice(ahead(1), sql=NO_TABLE)) == {
        "0001_first-old-warm": None,
        "0001_first-new-ahead": None,
        "0002_second-new-ahead": None,
    }


def test_the_rollout_shows_again_what_a_step_broke() -> None:
    found = guilt(*failed_twice(warm(2)), *failed_twice(MIXED), *failed_twice(BACK))
    assert found["rollout-mixed"] == found["rollout-roll-back"] == "0002_second"


def test_what_only_the_rollout_shows_is_its_own() -> None:
    assert guilt(*failed_twice(warm(2)), *failed_twice(MIXED, sql=NO_TABLE))["rollout-mixed"] is None
    assert guilt(*failed_twice(BACK)) == {"rollout-roll-back": None}


def test_a_new_release_that_cannot_read_what_the_old_one_wrote_fails_the_rollout() -> None:
    """It fails ahead of every step too, where nobody relies on it: that must not excuse it at its own head."""
    broken = [*(ahead(step) for step in (1, 2, 3)), *(new_warm(step) for step in (1, 2, 3)), MIXED, NEW]
    attempts = [attempt for cell in broken for attempt in failed_twice(cell, sql=None, origin="base-control")]
    items = results(PLAN, *attempts)
    assert items[CONTROL, ORDER].result is Result.PASSED
    assert items[MIXED, ORDER].result is Result.FAILED
    assert items[NEW, ORDER].result is Result.FAILED


def test_what_the_rollout_is_to_tell_it_does_not_inherit_from_itself() -> None:
    """With a step behind the code, cells in which nobody relies on the new release are part of the rollout."""
    plan = replace(PLAN, stages=make_plan(3, split=0).stages)
    broken = [*(ahead(step) for step in (1, 2, 3)), *(new_warm(step) for step in (1, 2, 3)), MIXED, NEW, BACK]
    attempts = [attempt for cell in broken for attempt in failed_twice(cell, sql=None, origin="base-control")]
    outcomes = judge_outcomes(plan, rehearsed(plan, *attempts))
    assert [outcomes[cell, ORDER].own_failure for cell in (MIXED, NEW, BACK)] == [True, True, True]


def test_what_a_step_did_to_the_old_release_excuses_no_new_one() -> None:
    """The journey's line is the same, and no old replica serves there; the same error can be the step's doing."""
    wrong = Failure(kind="AssertionError", text="2 is not 1", where="test.py:7")
    cells = (cold(2), MIXED, NEW, BACK)
    silent = [passed(cell, round_=round_, failure=wrong) for cell in cells for round_ in (1, 2)]
    found = guilt(*silent)
    assert [found[str(cell)] for cell in cells] == [None, "0002_second", None, "0002_second"]
    found = guilt(*(attempt for cell in cells for attempt in failed_twice(cell)))
    assert [found[str(cell)] for cell in cells] == [None, "0002_second", "0002_second", "0002_second"]


NEW_CELLS = [ahead(1), new_warm(1), ahead(3), new_warm(3), NEW]


@pytest.mark.parametrize("cell", NEW_CELLS, ids=str)
def test_a_failure_that_the_new_releases_control_run_shows_too_is_inconclusive(cell: Cell) -> None:
    outcome = outcome_of(PLAN, cell, *failed_twice(CONTROL), *failed_twice(cell))
    assert outcome.status is Status.INCONCLUSIVE
    assert outcome.reason == "the new release fails this journey on a fresh database of its own too"
    assert outcome.evidence


@pytest.mark.parametrize("cell", [warm(1), cold(1)], ids=str)
def test_the_new_releases_control_run_excuses_nothing_of_the_old_one(cell: Cell) -> None:
    assert outcome_of(PLAN, cell, *failed_twice(CONTROL), *failed_twice(cell)).own_failure


def test_the_control_run_of_one_journey_excuses_no_other() -> None:
    plan = make_plan(1, (ORDER, STOCK))
    cell = at(plan, 1, Actor.NEW_AHEAD)
    events = [*failed_twice(CONTROL, STOCK), *failed_twice(cell, ORDER)]
    assert outcome_of(plan, cell, *events).own_failure


def test_the_control_run_itself_fails_and_what_passes_stays_a_pass() -> None:
    assert outcome_of(PLAN, CONTROL, *failed_twice(CONTROL)).status is Status.FAIL
    assert outcome_of(PLAN, ahead(1), *failed_twice(CONTROL)).status is Status.PASS


def test_every_cell_of_a_new_release_that_never_works_is_inconclusive() -> None:
    """Also those ahead of earlier steps, whose failure the last step's would otherwise be blamed for."""
    cells = [CONTROL, *(cell for step in (1, 2, 3) for cell in (ahead(step), new_warm(step)))]
    attempts = [attempt for cell in cells for attempt in failed_twice(cell)]
    outcomes = judge_outcomes(PLAN, rehearsed(PLAN, *attempts))
    assert {str(cell): outcomes[cell, ORDER].status for cell in cells[1:]} == {
        str(cell): Status.INCONCLUSIVE for cell in cells[1:]
    }


def test_a_control_run_that_was_never_made_is_not_said_to_have_failed() -> None:
    attempts = failed_twice(ahead(1))
    outcome = judge_outcomes(PLAN, rehearsed(PLAN, *attempts, silent=[CONTROL]))[ahead(1), ORDER]
    assert "fails this journey on a fresh database" not in outcome.reason


def test_rows_are_not_what_tells_failures_apart() -> None:
    rows = [replace(NO_COLUMN, message=f"duplicate key: (id)=({row})", sqlstate="23505") for row in (17, 18)]
    assert guilt(*failed_twice(warm(1), sql=rows[0]), *failed_twice(warm(2), sql=rows[1])) == {
        "0001_first-old-warm": None,
        "0002_second-old-warm": "0001_first",
    }


def test_a_transient_is_never_inherited() -> None:
    outcome = outcome_of(PLAN, warm(2), *failed_twice(warm(1)), *recovered(warm(2)), passed(warm(3)))
    assert (outcome.status, outcome.inherited_from) == (Status.TRANSIENT, None)


def test_what_a_further_replica_suffers_on_the_old_schema_too_is_no_steps_doing() -> None:
    """A singleton, say: the third replica fails, whatever the schema is."""
    base, cold = Cell(BASE, Actor.OLD_COLD), at(PLAN, 1, Actor.OLD_COLD)
    outcomes = judge_outcomes(PLAN, rehearsed(PLAN, *failed_twice(base), *failed_twice(cold)))
    assert (outcomes[base, ORDER].status, outcomes[base, ORDER].own_failure) == (Status.FAIL, True)
    assert outcomes[cold, ORDER].status is Status.INCONCLUSIVE
    assert "base-old-cold" in outcomes[cold, ORDER].reason


def test_another_failure_of_a_further_replica_is_the_steps_doing_all_the_same() -> None:
    base, cold = Cell(BASE, Actor.OLD_COLD), at(PLAN, 1, Actor.OLD_COLD)
    events = rehearsed(PLAN, *failed_twice(base), *failed_twice(cold, sql=NO_TABLE))
    assert judge_outcomes(PLAN, events)[cold, ORDER].own_failure


def test_what_the_new_release_suffers_ahead_of_and_behind_the_last_step_no_step_heals() -> None:
    """It cannot read what the old release wrote, whatever the schema: that is the rollout's to tell."""
    two = make_plan(2)
    events = (
        *failed_twice(at(two, 2, Actor.NEW_AHEAD), sql=None),
        *failed_twice(at(two, 2, Actor.NEW_WARM), sql=None),
        *failed_twice(at(two, 1, Actor.NEW_AHEAD), sql=None),
    )
    for step in (1, 2):
        assert outcome_of(two, at(two, step, Actor.NEW_AHEAD), *events).inherited_from == ROLLOUT
    healed = failed_twice(at(two, 2, Actor.NEW_AHEAD), sql=None)
    assert outcome_of(two, at(two, 2, Actor.NEW_AHEAD), *healed).own_failure


def test_what_a_step_does_to_both_releases_is_charged_to_it_and_not_to_those_behind_it() -> None:
    """The database's time zone, say: the new release is started behind it for the first time ahead of the next step."""
    wrong = Failure(kind="AssertionError", text="4 is not 9", where="test.py:7")
    cells = [cold(1), cold(2), cold(3), ahead(2), ahead(3), new_warm(2), new_warm(3)]
    lines = [passed(cell, round_=n, failure=wrong) for cell in cells for n in (1, 2)]
    found = guilt(*lines)
    assert found.pop("0001_first-old-cold") is None
    assert set(found.values()) == {"0001_first"}
    found = guilt(*lines, *(passed(ahead(1), round_=n, failure=wrong) for n in (1, 2)))
    assert found["0003_third-new-ahead"] == ROLLOUT, "it was so before that step"
