"""What PostgreSQL refuses the old release outside of every request."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evidence.checks.timelines import FIRST, SECOND, dropped_at, timeline
from harness.evidence.checks.background_error import judge
from harness.model.cell import BASE, ROLLOUT, Actor, Cell, Status
from harness.model.events import SchemaChanged
from harness.model.observed import Background, SqlError
from harness.model.schema import Deed, ObjectKind, SchemaChange

GONE = SqlError(
    replica="old-1",
    sqlstate="42703",
    message='column "note" does not exist',
    statement="UPDATE orders SET note = '' WHERE note IS NULL",
)


def alone(step: str, *errors: SqlError, actor: Actor = Actor.OLD_WARM, waited_s: float = 0.3) -> Background:
    return Background(number=1, cell=Cell(step, actor), waited_s=waited_s, statements=1, errors=errors)


CONTROL = alone(BASE, actor=Actor.CONTROL)


def test_it_names_the_change_and_the_statement() -> None:
    found = judge(timeline(CONTROL, alone(FIRST, GONE, GONE), dropped_at(FIRST)), FIRST)
    assert found.status is Status.FAIL
    [finding] = found.findings
    assert finding.headline == (
        'without any request, old-1 was refused: 42703 column "note" does not exist; '
        "0001_first dropped column orders.note"
    )
    assert finding.details == (GONE.statement,)


def test_a_statement_that_is_sent_with_many_values_is_shown_once() -> None:
    sent = [replace(GONE, statement=f"SELECT pg_sleep({n})") for n in range(40)]
    [finding] = judge(timeline(CONTROL, alone(FIRST, *sent)), FIRST).findings
    assert finding.details == ("SELECT pg_sleep(0)",)


def test_it_counts_between_requests_too() -> None:
    assert judge(timeline(CONTROL, alone(FIRST, GONE, waited_s=0.0)), FIRST).status is Status.FAIL


def test_what_the_control_run_shows_too_is_how_the_application_lives() -> None:
    run = timeline(alone(BASE, GONE, actor=Actor.CONTROL), alone(FIRST, GONE))
    assert judge(run, FIRST).status is Status.PASS


@pytest.mark.parametrize("actor", [Actor.OLD_WARM, Actor.OLD_COLD])
def test_what_it_suffers_before_any_step_is_no_steps_doing(actor: Actor) -> None:
    run = timeline(CONTROL, alone(BASE, GONE, actor=actor), alone(SECOND, GONE), dropped_at(SECOND))
    assert judge(run, SECOND).status is Status.PASS


@pytest.mark.parametrize("step", [FIRST, ROLLOUT])
@pytest.mark.parametrize("sqlstate", ["40001", "40P01"])
@pytest.mark.parametrize("retried", [True, False, None])
def test_transactions_that_met_are_no_steps_doing(step: str, sqlstate: str, retried: bool | None) -> None:
    met = replace(GONE, sqlstate=sqlstate, message="could not serialize access", retried=retried)
    actor = Actor.MIXED if step == ROLLOUT else Actor.OLD_COLD
    run = timeline(CONTROL, alone(ROLLOUT, actor=Actor.NEW_CONTROL), alone(step), alone(step, met, actor=actor))
    assert judge(run, step).status is Status.PASS


@pytest.mark.parametrize(("retried", "status"), [(True, Status.PASS), (False, Status.FAIL), (None, Status.FAIL)])
def test_a_lock_that_was_held_counts_where_nobody_made_up_for_it(retried: bool | None, status: Status) -> None:
    locked = replace(GONE, sqlstate="55P03", message="canceling statement due to lock timeout", retried=retried)
    assert judge(timeline(CONTROL, alone(FIRST, locked)), FIRST).status is status


def test_beside_transactions_that_met_the_rest_is_told() -> None:
    met = replace(GONE, sqlstate="40001", message="could not serialize access")
    [finding] = judge(timeline(CONTROL, alone(FIRST, met, GONE)), FIRST).findings
    assert finding.sqlstates == (GONE.sqlstate,)


def test_what_an_earlier_step_broke_is_told_there_alone() -> None:
    run = timeline(CONTROL, alone(FIRST, GONE), alone(SECOND, GONE))
    assert [judge(run, step).status for step in (FIRST, SECOND)] == [Status.FAIL, Status.PASS]


def test_the_new_releases_errors_are_another_matter() -> None:
    run = timeline(CONTROL, alone(FIRST), alone(FIRST, GONE, actor=Actor.NEW_WARM))
    assert judge(run, FIRST).status is Status.PASS


@pytest.mark.parametrize(
    ("events", "status"), [((CONTROL, alone(FIRST)), Status.PASS), ((CONTROL,), Status.SKIPPED), ((), Status.UNTESTED)]
)
def test_a_release_that_was_never_left_alone_has_shown_nothing(events: tuple[Background, ...], status: Status) -> None:
    assert judge(timeline(*events), FIRST).status is status


STATUS = SqlError(
    replica="old-1",
    sqlstate="23514",
    message='new row for relation "orders" violates check constraint "status_check"',
    detail="Failing row contains (17, bogus).",
    statement="INSERT INTO orders (status) VALUES ($1)",
)
VALID = replace(STATUS, detail="Failing row contains (18, old).")
USUAL = alone(BASE, STATUS, replace(STATUS, detail="Failing row contains (19, bogus)."), actor=Actor.CONTROL)
CHECK = SchemaChange(
    deed=Deed.ADDED,
    kind=ObjectKind.CONSTRAINT,
    name="orders.status_check",
    text="added constraint orders.status_check",
    names=("orders", "status_check"),
    touched_by=("orders",),
    owners=("orders",),
)


def test_other_rows_are_refused_by_a_constraint_that_is_made_anew() -> None:
    made = SchemaChanged(number=1, label=FIRST, changes=(CHECK,))
    [finding] = judge(timeline(USUAL, made, alone(FIRST, STATUS, VALID)), FIRST).findings
    assert finding.headline.endswith("0001_first added constraint orders.status_check")
    told_there = timeline(USUAL, made, alone(FIRST, STATUS, VALID), alone(SECOND, STATUS, VALID))
    assert judge(told_there, SECOND).status is Status.PASS


@pytest.mark.parametrize(
    ("usual", "change", "now"),
    [
        (USUAL, CHECK, STATUS),
        (USUAL, replace(CHECK, name="orders.other_check"), VALID),
        (USUAL, replace(CHECK, deed=Deed.RENAMED), VALID),
        (alone(BASE, STATUS, actor=Actor.CONTROL), CHECK, VALID),
        (USUAL, CHECK, replace(VALID, detail="Failing row contains (18, bogus, null).")),
        (USUAL, CHECK, replace(VALID, detail="")),
    ],
    ids=["the usual row", "another constraint", "renamed alone", "seen once", "rows with more columns", "not told"],
)
def test_the_usual_rows_may_be_refused_by_it_too(usual: Background, change: SchemaChange, now: SqlError) -> None:
    made = SchemaChanged(number=1, label=FIRST, changes=(change,))
    assert judge(timeline(usual, made, alone(FIRST, now)), FIRST).status is Status.PASS


def test_a_constraint_that_was_renamed_refuses_a_loop_what_it_refused() -> None:
    names = ("orders", "status_check", "status_words")
    renamed = SchemaChanged(number=1, label=FIRST, changes=(replace(CHECK, deed=Deed.RENAMED, names=names),))
    now = replace(STATUS, message=STATUS.message.replace("status_check", "status_words"))
    assert judge(timeline(USUAL, renamed, alone(FIRST, now)), FIRST).status is Status.PASS
    assert judge(timeline(USUAL, alone(FIRST, now)), FIRST).status is Status.FAIL


def test_without_the_log_nothing_is_known() -> None:
    found = judge(timeline(CONTROL, alone(FIRST), reduced=("no log",)), FIRST)
    assert (found.status, found.reason) == (Status.SKIPPED, "no log")


def test_in_the_rollout_both_releases_count_and_what_a_step_showed_is_not_told_again() -> None:
    control = alone(ROLLOUT, actor=Actor.NEW_CONTROL)
    mixed = alone(ROLLOUT, GONE, actor=Actor.MIXED, waited_s=0.0)
    assert judge(timeline(CONTROL, control, mixed), ROLLOUT).status is Status.FAIL
    assert judge(timeline(CONTROL, control, alone(SECOND, GONE), mixed), ROLLOUT).status is Status.PASS
    assert judge(timeline(CONTROL, alone(ROLLOUT, GONE, actor=Actor.NEW_CONTROL), mixed), ROLLOUT).status is Status.PASS
    assert judge(timeline(CONTROL, control), ROLLOUT).status is Status.PASS
