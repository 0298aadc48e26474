"""What came of one journey in one cell: for each status a run that has it, and a near miss that has not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evidence.builders import (
    CACHED_PLAN,
    NO_COLUMN,
    ORDER,
    STOCK,
    at,
    failed,
    failed_twice,
    make_plan,
    migration_failed,
    not_ready,
    outcome_of,
    passed,
    ready,
    recovered,
    rehearsed,
    stopped,
)
from harness.evidence.blame import boots_of
from harness.evidence.outcome import signature
from harness.evidence.outcomes import judge_outcomes
from harness.model.cell import BASE, ROLLOUT, Actor, Cell, Status
from harness.model.events import Attempted, Ended, Failure, Warmed
from harness.model.exchange import Exchange
from harness.model.observed import SqlError

PLAN = make_plan(2)
WARM, COLD, BOOT = (at(PLAN, 1, actor) for actor in (Actor.OLD_WARM, Actor.OLD_COLD, Actor.OLD_BOOT))
AHEAD, NEW_WARM = at(PLAN, 1, Actor.NEW_AHEAD), at(PLAN, 1, Actor.NEW_WARM)
MIXED = Cell(ROLLOUT, Actor.MIXED)


def test_every_cell_and_journey_of_a_plan_gets_an_outcome_in_the_order_of_the_plan() -> None:
    plan = make_plan(2, (ORDER, STOCK))
    outcomes = judge_outcomes(plan, [])
    assert list(outcomes) == [(cell, journey) for cell in plan.cells for journey in plan.journeys]


def test_a_run_without_a_failure_passes_everywhere() -> None:
    outcomes = judge_outcomes(PLAN, rehearsed(PLAN))
    assert {outcome.status for outcome in outcomes.values()} == {Status.PASS}
    assert {(o.reason, o.evidence, o.inherited_from) for o in outcomes.values()} == {("", (), None)}


def test_a_failure_in_both_passes_fails_with_its_evidence() -> None:
    attempts = failed_twice(WARM)
    outcome = outcome_of(PLAN, WARM, *attempts)
    assert outcome.status is Status.FAIL
    assert outcome.own_failure
    assert outcome.reason == "GET /orders/17 answered 500"
    assert outcome.evidence == attempts


def test_a_failure_touches_no_other_cell_and_no_other_journey() -> None:
    plan = make_plan(2, (ORDER, STOCK))
    outcomes = judge_outcomes(plan, rehearsed(plan, *failed_twice(WARM)))
    assert [key for key, outcome in outcomes.items() if outcome.status is not Status.PASS] == [(WARM, ORDER)]


def test_a_failure_that_is_gone_in_the_second_pass_is_transient() -> None:
    outcome = outcome_of(PLAN, WARM, *recovered(WARM))
    assert outcome.status is Status.TRANSIENT
    assert not outcome.own_failure
    assert len(outcome.evidence) == 1


def test_a_failure_in_the_second_pass_alone_is_a_failure() -> None:
    assert outcome_of(PLAN, WARM, passed(WARM, round_=1), failed(WARM, round_=2)).status is Status.FAIL


def test_a_failure_without_a_second_pass_is_a_failure() -> None:
    assert outcome_of(PLAN, WARM, failed(WARM)).status is Status.FAIL


def test_success_later_in_the_same_pass_is_no_recovery() -> None:
    assert outcome_of(PLAN, WARM, failed(WARM), passed(WARM)).status is Status.FAIL


def test_success_of_a_copy_that_was_started_elsewhere_is_no_recovery() -> None:
    """Old rows may be lost for good while new ones are written and read."""
    lost = failed(WARM, origin="base-control")
    assert outcome_of(PLAN, WARM, lost, passed(WARM, round_=2)).status is Status.FAIL
    assert outcome_of(PLAN, WARM, lost, passed(WARM, round_=2, origin="base-control")).status is Status.TRANSIENT


def test_a_copy_that_came_less_far_is_no_recovery() -> None:
    late = failed(WARM, segment=2)
    assert outcome_of(PLAN, WARM, late, passed(WARM, round_=2, segment=1)).status is Status.FAIL
    assert outcome_of(PLAN, WARM, late, passed(WARM, round_=2, segment=2)).status is Status.TRANSIENT


def test_one_failure_among_the_later_copies_is_no_recovery() -> None:
    attempts = failed(WARM), passed(WARM, round_=2), failed(WARM, round_=2)
    assert outcome_of(PLAN, WARM, *attempts).status is Status.FAIL


def test_what_failed_in_both_passes_is_no_transient_though_copies_are_left_paused_without_a_failure() -> None:
    left = passed(WARM, round_=3, segment=0)
    assert outcome_of(PLAN, WARM, *failed_twice(WARM, segment=0), left).status is Status.FAIL
    first_segment = [passed(WARM, segment=0), failed(WARM, round_=2, segment=0)]
    assert outcome_of(PLAN, WARM, *first_segment, left).status is Status.TRANSIENT
    later_segment = [passed(WARM), failed(WARM, round_=2, segment=1)]
    assert outcome_of(PLAN, WARM, *later_segment, left).status is Status.FAIL


def test_a_5xx_that_the_journey_ignored_fails() -> None:
    """The driver gives it the kind ``http``; whether the journey went on makes no difference."""
    ignored = [failed(WARM, round_=round_, sql=None, segment=2, ended=True) for round_ in (1, 2)]
    outcome = outcome_of(PLAN, WARM, *ignored)
    assert outcome.status is Status.FAIL
    assert outcome.signatures == {"GET /orders/N 500"}


def test_a_failing_assertion_without_a_bad_answer_fails() -> None:
    wrong = Failure(kind="AssertionError", text="assert 1 == 2\nsecond line", where="test_shop.py:7")
    attempts = [passed(WARM, round_=round_, failure=wrong) for round_ in (1, 2)]
    outcome = outcome_of(PLAN, WARM, *attempts)
    assert outcome.status is Status.FAIL
    assert outcome.reason == "assert 1 == 2"
    assert outcome.signatures == {"AssertionError test_shop.py:7"}


def test_a_journey_that_sent_no_request_is_untested() -> None:
    attempts = [passed(WARM, round_=round_, exchanges=()) for round_ in (1, 2)]
    outcome = outcome_of(PLAN, WARM, *attempts)
    assert (outcome.status, outcome.reason) == (Status.UNTESTED, "the journey sent no request")
    assert outcome_of(PLAN, WARM, attempts[0], passed(WARM, round_=2)).status is Status.PASS


def test_a_journey_that_failed_before_its_first_request_has_not_passed_for_want_of_traffic() -> None:
    wrong = Failure(kind="KeyError", text="'sku'", where="test_shop.py:7")
    attempts = [passed(WARM, round_=round_, exchanges=(), failure=wrong) for round_ in (1, 2)]
    assert outcome_of(PLAN, WARM, *attempts).status is Status.FAIL


@pytest.mark.parametrize("cell", [COLD, AHEAD, MIXED], ids=str)
def test_a_replica_that_moved_the_schema_itself_leaves_its_cell_untested(cell: Cell) -> None:
    moved = ready(cell, "new-1", moved=(("0000",), ("0001", "0002")))
    outcome = outcome_of(PLAN, cell, moved, *failed_twice(cell))
    assert outcome.status is Status.UNTESTED
    assert "new-1 moved the schema itself when it started (0000 -> 0001, 0002)" in outcome.reason


def test_a_replica_that_found_the_schema_as_it_was_leaves_nothing_untested() -> None:
    assert outcome_of(PLAN, COLD, ready(COLD, "old-1")).status is Status.PASS


def test_a_new_release_that_moved_the_schema_ahead_of_a_step_is_not_warm_across_it_either() -> None:
    moved = ready(AHEAD, "new-1", moved=((), ("0001",)))
    assert "(nothing -> 0001)" in outcome_of(PLAN, NEW_WARM, moved).reason
    assert outcome_of(PLAN, NEW_WARM, moved).status is Status.UNTESTED
    assert outcome_of(PLAN, WARM, moved).status is Status.PASS


def test_a_boot_command_may_move_the_schema() -> None:
    plan = make_plan(1, old_boot=True)
    boot = at(plan, 1, Actor.OLD_BOOT)
    assert outcome_of(plan, boot, ready(boot, "old-1", moved=(("0001",), ("0000",)))).status is Status.PASS


def test_a_replica_that_did_not_start_fails_its_cell_with_its_reason() -> None:
    lost = not_ready(COLD)
    outcome = outcome_of(PLAN, COLD, lost)
    assert outcome.status is Status.FAIL
    assert outcome.reason == lost.reason
    assert outcome.evidence == (lost,)
    assert outcome.signatures == {"boot exited with 1"}


def test_a_replica_that_did_not_start_for_no_cell_fails_none() -> None:
    outcomes = judge_outcomes(PLAN, rehearsed(PLAN, replace(not_ready(COLD), cell=None)))
    assert {outcome.status for outcome in outcomes.values()} == {Status.PASS}


def test_a_replica_that_was_lost_while_it_served_fails_though_the_journeys_passed() -> None:
    lost = not_ready(WARM, reason="readiness: 503 three times in a row")
    outcome = outcome_of(PLAN, WARM, lost, *(passed(WARM, round_=round_) for round_ in (1, 2)))
    assert (outcome.status, outcome.evidence) == (Status.FAIL, (lost,))


def test_behind_a_migration_that_failed_the_walk_is_skipped_with_that_reason() -> None:
    lost = migration_failed(WARM)
    behind = [COLD, *(at(PLAN, 2, actor) for actor in (Actor.OLD_WARM, Actor.OLD_COLD))]
    outcomes = judge_outcomes(PLAN, rehearsed(PLAN, lost, stopped(), silent=behind))
    assert outcomes[WARM, ORDER].status is Status.FAIL
    assert outcomes[WARM, ORDER].evidence == (lost,)
    assert {(outcomes[cell, ORDER].status, outcomes[cell, ORDER].reason) for cell in behind} == {
        (Status.SKIPPED, "the migration 0001_first failed in step 9")
    }
    assert outcomes[AHEAD, ORDER].status is Status.PASS


def test_a_migration_that_failed_for_no_cell_fails_none() -> None:
    assert outcome_of(PLAN, WARM, migration_failed(None)).status is Status.PASS


def test_what_the_run_never_came_to_is_skipped() -> None:
    outcome = outcome_of(PLAN, WARM, Ended(duration_s=1.0), silent=[WARM])
    assert (outcome.status, outcome.reason) == (Status.SKIPPED, "the rehearsal ended before it")


def test_each_track_gives_its_own_reason_for_what_it_never_came_to() -> None:
    """The two tracks of the walk may both end early, and for different reasons."""
    lane = stopped("the migration 0002_second failed in step 31", track="lane")
    ends = [lane, stopped()]
    ahead = at(PLAN, 2, Actor.NEW_AHEAD)
    silent = [COLD, ahead]
    assert outcome_of(PLAN, ahead, *ends, silent=silent).reason == lane.reason
    assert outcome_of(PLAN, COLD, *ends, silent=silent).reason == stopped().reason


def test_a_new_release_that_does_not_start_ahead_of_a_step_cannot_be_warm_across_it() -> None:
    outcome = outcome_of(PLAN, NEW_WARM, not_ready(AHEAD, "new-1"), silent=[NEW_WARM])
    assert outcome.status is Status.SKIPPED
    assert "does not start on the schema before this step" in outcome.reason


def test_a_rollout_in_which_a_new_replica_did_not_start_is_skipped_behind_it() -> None:
    new = Cell(ROLLOUT, Actor.NEW)
    outcome = outcome_of(PLAN, new, not_ready(MIXED, "new-roll-1"), silent=[new])
    assert (outcome.status, outcome.reason) == (Status.SKIPPED, "a new replica did not start in the rollout")


def test_releases_that_never_serve_at_once_are_untested_side_by_side() -> None:
    outcome = outcome_of(PLAN, MIXED, silent=[MIXED])
    assert outcome.status is Status.UNTESTED
    assert "never serve at the same time" in outcome.reason
    assert outcome_of(PLAN, MIXED, stopped(track="rollout"), silent=[MIXED]).status is Status.SKIPPED


def test_a_pass_on_replicas_that_were_not_warm_says_so() -> None:
    cold = Warmed(number=8, cell=WARM, runs=(("old-1", 6, 6), ("old-2", 3, 6)))
    outcome = outcome_of(PLAN, WARM, cold)
    assert outcome.status is Status.PASS
    assert outcome.reason == "not shown to be warm before it: old-2 (3 of 6 runs)"
    assert outcome_of(PLAN, WARM, replace(cold, runs=(("old-1", 6, 6), ("old-2", 7, 6)))).reason == ""
    assert outcome_of(PLAN, COLD, cold).reason == ""


BAD = Exchange(replica="old-1", method="PUT", path="/orders/17?page=3", status=503)
RESET = Exchange(replica="old-1", method="GET", path="/", status=None, response="ConnectionReset")
FINE = Exchange(replica="old-1", method="GET", path="/ok", status=404)
UUID_PATH = Exchange(replica="old-1", method="GET", path="/o/1B4E28BA-2fa1-11d2-883f-0016d3cca427/x", status=500)


@pytest.mark.parametrize(
    ("attempt", "text"),
    [
        (failed(WARM), '42703 column "price" does not exist'),
        (failed(WARM, sql=SqlError(replica="x", sqlstate="23505", message="key (id)=(17)")), "23505 key (id)=(N)"),
        (failed(WARM, sql=None, exchanges=(FINE, BAD)), "PUT /orders/N 503"),
        (failed(WARM, sql=None, exchanges=(RESET, BAD)), "GET / None"),
        (failed(WARM, sql=None, exchanges=(UUID_PATH,)), "GET /o/N/x 500"),
        (failed(WARM, sql=None, exchanges=(FINE,), failure=Failure(kind="E", text="17", where="a.py:3")), "E a.py:3"),
        (not_ready(COLD, signature="serve exited with 3"), "serve exited with 3"),
        (migration_failed(WARM), "migration 0001 23502"),
    ],
)
def test_two_failures_are_the_same_by_state_and_object_or_request_or_line(attempt: Attempted, text: str) -> None:
    assert signature(attempt) == text


def test_objects_whose_names_differ_in_a_digit_are_different() -> None:
    """``line1`` and ``line2`` are two columns, not two rows."""
    first, second = (
        failed(WARM, sql=replace(NO_COLUMN, message=f"column addresses.line{digit} does not exist")) for digit in (1, 2)
    )
    assert signature(first) != signature(second)


def test_a_statement_that_was_refused_and_did_no_harm_is_no_failure() -> None:
    """asyncpg re-prepares by itself; its user sees nothing."""
    healed = [passed(WARM, round_=round_, sql=(CACHED_PLAN,)) for round_ in (1, 2)]
    assert outcome_of(PLAN, WARM, *healed).status is Status.PASS


def test_a_statement_that_was_refused_behind_a_good_answer_is_told_unless_control_lives_with_it_too() -> None:
    swallowed = [passed(WARM, round_=round_, sql=(NO_COLUMN,)) for round_ in (1, 2)]
    outcome = outcome_of(PLAN, WARM, *swallowed)
    assert outcome.status is Status.PASS
    assert outcome.reason == f"{ORDER} passed, but PostgreSQL refused a statement: 42703 {NO_COLUMN.message}"
    usual = passed(Cell(BASE, Actor.CONTROL), sql=(NO_COLUMN,))
    assert outcome_of(PLAN, WARM, *swallowed, usual).reason == ""


def test_the_values_of_a_row_do_not_tell_two_failures_apart() -> None:
    def refused(value: str, sqlstate: str = "22P02") -> str:
        message = f'invalid input syntax for type bigint: "{value}"'
        return signature(failed(WARM, sql=SqlError(replica="x", sqlstate=sqlstate, message=message)))

    assert refused("sku-54108a59") == refused("sku-0b") != refused("sku-0b", "22003")

    def answered(path: str) -> str:
        exchange = Exchange(replica="x", method="GET", path=path, status=500)
        return signature(failed(WARM, sql=None, exchanges=(exchange,)))

    assert answered("/docs/doc-345b?at=345") == answered("/docs/doc-98b?at=98") == "GET /docs/N 500"


def test_a_control_run_that_recovered_is_no_excuse_for_a_lasting_failure() -> None:
    control, ahead = Cell(ROLLOUT, Actor.NEW_CONTROL), at(PLAN, 1, Actor.NEW_AHEAD)
    shaky = recovered(control, sql=None)
    assert outcome_of(PLAN, ahead, *shaky, *failed_twice(ahead)).status is Status.FAIL
    assert outcome_of(PLAN, ahead, *failed_twice(control), *failed_twice(ahead)).status is Status.INCONCLUSIVE


# --- steps that new replicas run when they boot

BY_BOOT = make_plan(2, at_boot=True)
BOOT_NUMBER = min(boots_of(BY_BOOT))
MOVE = (("0000",), ("0002",))


def test_a_boot_that_moves_the_schema_where_it_is_to_leaves_its_cell_tested() -> None:
    moved = ready(MIXED, "new-roll-1", number=BOOT_NUMBER, moved=MOVE)
    assert outcome_of(BY_BOOT, MIXED, moved).status is Status.PASS
    late = ready(MIXED, "new-roll-2", number=BOOT_NUMBER + 3, moved=MOVE)
    assert outcome_of(BY_BOOT, MIXED, late).status is Status.UNTESTED
    assert outcome_of(PLAN, MIXED, moved).status is Status.UNTESTED
    assert boots_of(PLAN) == frozenset()


def test_what_the_old_release_does_between_steps_at_boot_is_untested_by_their_nature() -> None:
    old = Cell(ROLLOUT, Actor.OLD)
    outcome = outcome_of(BY_BOOT, old, silent=[old])
    assert outcome.status is Status.UNTESTED
    assert outcome.reason == "the new replicas run the steps when they start, so that none comes before them"


def test_a_boot_that_does_not_migrate_fails_where_it_was_to_and_ends_the_rollout() -> None:
    sentence = "when = at-boot, but the first new replica's boot command left the schema at 0000"
    lost = not_ready(MIXED, "new-roll-1", "the schema was not moved", number=BOOT_NUMBER, reason=sentence)
    ended = replace(stopped("the schema was not moved in step 9", "rollout"), number=BOOT_NUMBER)
    new, back = Cell(ROLLOUT, Actor.NEW), Cell(ROLLOUT, Actor.ROLL_BACK)
    outcomes = judge_outcomes(BY_BOOT, rehearsed(BY_BOOT, lost, ended, silent=[new, back]))
    assert (outcomes[MIXED, ORDER].status, outcomes[MIXED, ORDER].reason) == (Status.FAIL, sentence)
    assert outcomes[MIXED, ORDER].own_failure
    for cell in (new, back):
        assert (outcomes[cell, ORDER].status, outcomes[cell, ORDER].reason) == (Status.SKIPPED, ended.reason)


def test_what_a_step_broke_before_is_inherited_by_the_rollout_at_boot() -> None:
    outcome = outcome_of(BY_BOOT, MIXED, *failed_twice(at(BY_BOOT, 2, Actor.OLD_WARM)), *failed_twice(MIXED))
    assert outcome.inherited_from == BY_BOOT.labels[1]


def test_a_rate_limit_of_the_application_says_nothing_of_a_step() -> None:
    cell = at(PLAN, 1, Actor.OLD_WARM)
    limited = Exchange(replica="old-1", method="GET", path="/orders", status=429, response="slow down")
    wrong = Failure(kind="HTTPStatusError", text="429 Too Many Requests")
    outcome = outcome_of(PLAN, cell, *(passed(cell, round_=n, exchanges=(limited,), failure=wrong) for n in (1, 2)))
    assert outcome.status is Status.INCONCLUSIVE
    assert "turn its rate limit off" in outcome.reason
    other = outcome_of(PLAN, cell, passed(cell, exchanges=(limited,), failure=wrong), *failed_twice(cell))
    assert other.status is Status.FAIL


def test_another_copys_rows_say_nothing_of_rows_that_are_wrong() -> None:
    """A request that fails may go well the next time; a row that a migration lost is lost."""
    wrong = Failure(kind="AssertionError", text="2 is not 1", where="test.py:7")
    for origin, status in (("base-control", Status.FAIL), ("fresh", Status.TRANSIENT)):
        silent = passed(WARM, round_=1, failure=wrong, origin=origin)
        assert outcome_of(PLAN, WARM, silent, passed(WARM, round_=2, origin=origin)).status is status
    again = passed(WARM, round_=2, origin="base-control")
    assert outcome_of(PLAN, WARM, failed(WARM, origin="base-control"), again).status is Status.TRANSIENT
