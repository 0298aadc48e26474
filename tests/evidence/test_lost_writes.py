"""A write that was acknowledged and never stored is a failure, whatever the answer was."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from evidence.builders import ORDER, at, failed_twice, make_plan, outcome_of, passed, results
from harness.evidence.expectations import Result
from harness.evidence.story import tell
from harness.model.cell import BASE, ROLLOUT, Actor, Cell, Status
from harness.model.events import Failure, SchemaChanged
from harness.model.exchange import Exchange
from harness.model.observed import SqlError
from harness.model.schema import Deed, ObjectKind, SchemaChange
from harness.model.settings import Expected

if TYPE_CHECKING:
    from harness.model.events import Attempted

PLAN = make_plan(1)
WARM = at(PLAN, 1, Actor.OLD_WARM)
READ = Exchange(replica="old-1", method="GET", path="/orders/17", status=200)
WRITE = Exchange(replica="old-1", method="POST", path="/orders", request="{}", status=202)
LOST = SqlError(
    replica="old-1",
    sqlstate="23502",
    message='null value in column "tenant" of relation "orders" violates not-null constraint',
    statement="INSERT INTO orders (note) VALUES ($1)",
    exchange=0,
    retried=False,
)


def attempt(*sql: SqlError, exchanges: tuple[Exchange, ...] = (WRITE, READ), cell: Cell = WARM) -> Attempted:
    return passed(cell, exchanges=exchanges, sql=sql)


def test_it_fails_for_good_and_says_what_was_lost() -> None:
    outcome = outcome_of(PLAN, WARM, attempt(LOST), passed(WARM, round_=2))
    assert outcome.status is Status.FAIL  # the next write may be stored; this one never is
    assert outcome.reason.startswith("a write was acknowledged and never stored: 23502 null value")
    story = tell(outcome, PLAN, ())
    assert story is not None
    assert story.headline == (
        "old-1 answered 202 to POST /orders, and what was to be stored is lost: PostgreSQL refused it"
    )
    assert story.sql[0].sqlstate == "23502"


def test_where_the_exchange_is_not_known_any_good_answer_to_a_write_counts() -> None:
    assert outcome_of(PLAN, WARM, attempt(replace(LOST, exchange=None))).status is Status.FAIL


@pytest.mark.parametrize(
    "near",
    [
        attempt(replace(LOST, retried=True)),
        attempt(replace(LOST, retried=None)),
        attempt(replace(LOST, sqlstate="42703", statement="SELECT note FROM orders")),
        attempt(LOST, exchanges=(replace(WRITE, status=409), READ)),
        attempt(LOST, exchanges=(READ, WRITE)),
    ],
    ids=["it went through again", "the log does not tell", "a read", "the answer says so", "a read had it refused"],
)
def test_near_misses_are_no_loss_but_a_doubt(near: Attempted) -> None:
    outcome = outcome_of(PLAN, WARM, near)
    assert outcome.status is Status.PASS
    assert near.sql[0].sqlstate in outcome.reason


def test_a_write_that_went_through_when_it_was_sent_again_is_told_so() -> None:
    assert outcome_of(PLAN, WARM, attempt(replace(LOST, retried=True))).reason.endswith(
        "; the application made up for it"
    )


def test_an_application_that_lives_with_such_an_error_in_control_too_loses_nothing() -> None:
    control = attempt(LOST, cell=Cell(BASE, Actor.CONTROL))
    outcome = outcome_of(PLAN, WARM, control, attempt(LOST))
    assert (outcome.status, outcome.reason) == (Status.PASS, "")


@pytest.mark.parametrize(
    ("sqlstate", "statement"),
    [
        ("23503", "COMMIT"),
        ("23505", "SELECT keep_note($1)"),
        ("23514", "COPY orders (note) FROM STDIN"),
        ("40001", "COMMIT;"),
        ("22001", "COPY orders (note) FROM STDIN"),
        ("P0001", "CALL keep_note($1)"),
    ],
)
def test_rows_are_lost_in_other_statements_too(sqlstate: str, statement: str) -> None:
    """Constraints may be looked at by the commit alone, and rows are written by functions."""
    lost = replace(LOST, sqlstate=sqlstate, statement=statement)
    assert outcome_of(PLAN, WARM, attempt(lost)).status is Status.FAIL


def test_what_a_function_writes_is_lost_where_it_refuses_itself() -> None:
    raised = replace(LOST, sqlstate="P0001", message="who?", statement="SELECT log_event(17, NULL)")
    known = replace(behind(), writers=("log_event",))
    outcome = outcome_of(PLAN, WARM, known, attempt(raised))
    assert outcome.status is Status.FAIL
    story = tell(outcome, PLAN, ())
    assert story is not None
    assert story.headline.endswith("what was to be stored is lost: PostgreSQL refused it")
    assert outcome_of(PLAN, WARM, behind(), attempt(raised)).status is Status.PASS
    reads = replace(raised, statement="SELECT count_events(17)")
    assert outcome_of(PLAN, WARM, known, attempt(reads)).status is Status.PASS


def test_another_constraint_of_the_same_code_is_not_what_the_application_lives_with() -> None:
    usual = replace(LOST, sqlstate="23505", message='duplicate key value violates unique constraint "orders_pkey"')
    other = replace(usual, message='duplicate key value violates unique constraint "one_note"')
    control = attempt(usual, exchanges=(replace(WRITE, status=409), READ), cell=Cell(BASE, Actor.CONTROL))
    assert outcome_of(PLAN, WARM, control, attempt(usual)).status is Status.PASS
    assert outcome_of(PLAN, WARM, control, attempt(other)).status is Status.FAIL


TWICE = replace(
    LOST, sqlstate="23505", message='duplicate key value violates unique constraint "one_event"', exchange=1
)
AGAIN = replace(WRITE, status=200)
NEW = Cell(ROLLOUT, Actor.NEW_CONTROL)


def test_a_request_that_comes_twice_may_find_its_row() -> None:
    control = attempt(TWICE, exchanges=(WRITE, AGAIN, READ), cell=NEW)
    assert outcome_of(PLAN, NEW, control).status is Status.PASS
    assert outcome_of(PLAN, WARM, control, attempt(TWICE, exchanges=(WRITE, AGAIN, READ))).status is Status.PASS


@pytest.mark.parametrize(
    "lost",
    [
        attempt(TWICE, exchanges=(replace(WRITE, request='{"a": 1}'), AGAIN)),
        attempt(TWICE, exchanges=(replace(WRITE, status=503), AGAIN)),
        attempt(replace(TWICE, exchange=0), TWICE, exchanges=(WRITE, AGAIN)),
        attempt(replace(TWICE, exchange=None), exchanges=(WRITE, AGAIN)),
        attempt(replace(TWICE, sqlstate="23514"), exchanges=(WRITE, AGAIN)),
        attempt(replace(TWICE, message="of another"), exchanges=(WRITE, AGAIN)),
    ],
)
def test_another_row_is_lost_all_the_same(lost: Attempted) -> None:
    control = attempt(TWICE, exchanges=(WRITE, AGAIN), cell=NEW)
    assert outcome_of(PLAN, WARM, control, lost).status is Status.FAIL


def test_the_old_release_is_not_excused_where_the_new_one_does_something_else() -> None:
    lost = attempt(TWICE, exchanges=(WRITE, AGAIN))
    assert outcome_of(PLAN, WARM, passed(NEW, exchanges=(WRITE, AGAIN)), lost).status is Status.FAIL
    failed = replace(
        attempt(TWICE, exchanges=(WRITE, AGAIN), cell=NEW), failure=Failure(kind="AssertionError", text="1")
    )
    assert outcome_of(PLAN, WARM, failed, lost).status is Status.FAIL


def test_the_request_whose_write_is_lost_is_the_one_that_is_shown() -> None:
    outcome = outcome_of(PLAN, WARM, attempt(LOST))
    story = tell(outcome, PLAN, ())
    assert story is not None
    assert (story.request, story.response) == ("POST /orders {}", "202")


PHOTO = Exchange(replica="old-1", method="POST", path="/photos", request="{}", status=201)
LIKED = SqlError(
    replica="old-1",
    sqlstate="23505",
    message='duplicate key value violates unique constraint "likes_key"',
    statement="INSERT INTO likes (photo_id, who) VALUES ($1, $2)",
    exchange=2,
    retried=False,
)


def likes(number: int, *who: str) -> tuple[Exchange, ...]:
    photo = Exchange(replica="old-1", method="POST", path=f"/photos/{number}/likes", status=201)
    return (PHOTO, *(replace(photo, request=f'{{"who": "{one}"}}') for one in who))


def liked(cell: Cell, number: int, *refused: int, who: tuple[str, ...] = ("ada", "ada", "bob")) -> Attempted:
    """A photo that is liked three times, and which of these PostgreSQL refused."""
    sql = tuple(replace(LIKED, exchange=index) for index in refused)
    return passed(cell, copy=number, exchanges=likes(number, *who), sql=sql)


BASE_CONTROL = Cell(BASE, Actor.CONTROL)
USUAL = (liked(BASE_CONTROL, 1, 2), liked(BASE_CONTROL, 2, 2))


def test_what_the_control_run_is_refused_once_more_excuses_no_first_request() -> None:
    assert outcome_of(PLAN, WARM, *USUAL, liked(WARM, 3, 2)).status is Status.PASS
    outcome = outcome_of(PLAN, WARM, *USUAL, liked(WARM, 3, 2, 3))
    assert outcome.status is Status.FAIL
    assert outcome.reason.startswith("a write was acknowledged and never stored: 23505")


def test_a_key_is_known_by_its_columns_whatever_its_name() -> None:
    key = replace(LIKED, detail="Key (photo_id, who)=(1, ada) already exists.")
    renamed = replace(key, message='duplicate key value violates unique constraint "likes_once"')
    narrower = replace(key, detail="Key (photo_id)=(1) already exists.")
    control = [replace(one, sql=(replace(key, exchange=2),)) for one in USUAL]
    again = liked(WARM, 3, 2)
    for error, status in ((renamed, Status.PASS), (narrower, Status.FAIL)):
        told = replace(again, sql=(replace(error, exchange=2),))
        assert outcome_of(PLAN, WARM, *control, told).status is status
    elsewhere = replace(renamed, statement="INSERT INTO hates (photo_id, who) VALUES ($1, $2)", exchange=2)
    assert outcome_of(PLAN, WARM, *control, replace(again, sql=(elsewhere,))).status is Status.FAIL


def test_what_the_control_run_is_refused_for_one_body_excuses_no_other() -> None:
    who = ("ada", "ADA", "bob")
    control = (liked(BASE_CONTROL, 1, 2, who=who), liked(BASE_CONTROL, 2, 2, who=who))
    assert outcome_of(PLAN, WARM, *control, liked(WARM, 3, 2, who=who)).status is Status.PASS
    assert outcome_of(PLAN, WARM, *control, liked(WARM, 3, 2, 3, who=who)).status is Status.FAIL


def test_bodies_that_are_others_each_time_are_told_apart_by_whether_they_came_before() -> None:
    control = [liked(BASE_CONTROL, n, 2, who=(f"a{n}x", f"a{n}x", f"b{n}x")) for n in (1, 2)]
    who = ("a3x", "a3x", "b3x")
    assert outcome_of(PLAN, WARM, *control, liked(WARM, 3, 2, who=who)).status is Status.PASS
    assert outcome_of(PLAN, WARM, *control, liked(WARM, 3, 2, 3, who=who)).status is Status.FAIL


def test_a_request_came_before_where_the_copy_sent_it_in_an_earlier_state() -> None:
    started = passed(BASE_CONTROL, copy=3, exchanges=likes(3, "ada", "bob"))
    again = passed(WARM, copy=3, origin="base-control", exchanges=likes(3, "ada"), sql=(replace(LIKED, exchange=1),))
    assert outcome_of(PLAN, WARM, *USUAL, started, again).status is Status.PASS
    other = passed(BASE_CONTROL, copy=3, exchanges=likes(4, "bob", "eve"))
    assert outcome_of(PLAN, WARM, *USUAL, started, other, again).status is Status.FAIL


@pytest.mark.parametrize(
    "control",
    [
        (liked(BASE_CONTROL, 1, 2), liked(BASE_CONTROL, 2, 3)),
        (*USUAL, liked(BASE_CONTROL, 3)),
        USUAL[:1],
        (*USUAL, replace(USUAL[0], sql=(replace(LIKED, exchange=None),))),
    ],
    ids=["now this, now that", "not each time", "once", "during no request"],
)
def test_what_is_refused_by_chance_in_the_control_run_is_known_by_its_message(control: tuple[Attempted, ...]) -> None:
    """In the background, say: it belongs to whichever request was under way."""
    assert outcome_of(PLAN, WARM, *control, liked(WARM, 4, 2, 3)).status is Status.PASS


def test_as_many_refusals_as_in_the_control_run_are_those_whichever_request_has_them() -> None:
    assert outcome_of(PLAN, WARM, *USUAL, liked(WARM, 3, 3)).status is Status.PASS


def test_a_request_that_the_control_run_never_sent_is_known_by_the_message() -> None:
    assert outcome_of(PLAN, WARM, *USUAL, liked(WARM, 3, 2, 4, who=("ada", "ada", "bob", "bob"))).status is Status.PASS


def test_the_request_whose_write_is_lost_is_shown_where_another_one_is_refused_as_usual() -> None:
    outcome = outcome_of(PLAN, WARM, *USUAL, liked(WARM, 3, 2, 3))
    story = tell(outcome, PLAN, ())
    assert story is not None
    assert story.request == 'POST /photos/3/likes {"who": "bob"}'
    assert len(story.sql) == 1


def broken_behind(cell: Cell, *, exchange: int, **fields: Any) -> tuple[Attempted, Attempted]:
    """A copy that is refused what the control run is refused too, and then fails."""
    exchanges = (*likes(3, "ada", "ada"), replace(READ, status=500))
    usual = replace(LIKED, exchange=exchange)
    return failed_twice(cell, sql=usual, **{"exchanges": exchanges, **fields})


def test_what_is_refused_as_usual_does_not_make_two_failures_the_same_one() -> None:
    plan = make_plan(2)
    control = [liked(BASE_CONTROL, n, 2) for n in (1, 2)]
    first, second = at(plan, 1, Actor.OLD_WARM), at(plan, 2, Actor.OLD_WARM)
    other = replace(READ, path="/photos/3", status=500)
    events = [
        *control,
        *broken_behind(first, exchange=2),
        *broken_behind(second, exchange=2, exchanges=(*likes(3, "ada", "ada"), other)),
    ]
    assert outcome_of(plan, first, *events).own_failure
    assert outcome_of(plan, second, *events).own_failure


def test_what_is_refused_as_usual_meets_no_expectation_of_a_code() -> None:
    control = [liked(BASE_CONTROL, n, 2) for n in (1, 2)]
    expected = (Expected(step="0001_first", actor="old-warm", reason="known", sqlstates=("23505",)),)
    items = results(PLAN, *control, *broken_behind(WARM, exchange=2), expected=expected)
    assert items[WARM, ORDER].result is Result.FAILED


def test_what_is_refused_as_usual_is_told_where_the_request_fails_of_it_now() -> None:
    control = [liked(BASE_CONTROL, n, 2) for n in (1, 2)]
    exchanges = (*likes(3, "ada"), replace(likes(3, "ada")[1], status=500), READ)
    outcome = outcome_of(PLAN, WARM, *control, *broken_behind(WARM, exchange=2, exchanges=exchanges))
    assert outcome.signatures == {'23505 duplicate key value violates unique constraint "likes_key"'}


IMPORT = Exchange(
    replica="old-1", method="POST", path="/imports", request='{"lines": ["new", "old", "bogus"]}', status=200
)
STATUS = SqlError(
    replica="old-1",
    sqlstate="23514",
    message='new row for relation "lines" violates check constraint "status_check"',
    statement="INSERT INTO lines (code, status) VALUES ($1, $2)",
    exchange=0,
    retried=False,
)
CHECK = SchemaChange(
    deed=Deed.ADDED,
    kind=ObjectKind.CONSTRAINT,
    name="lines.status_check",
    text="added constraint lines.status_check",
    names=("lines", "status_check"),
    touched_by=("lines",),
    owners=("lines",),
)


def imported(cell: Cell, *refused: str, copy: int = 3, exchanges: tuple[Exchange, ...] = (IMPORT,)) -> Attempted:
    """Lines that are imported, and which of these PostgreSQL refused."""
    sql = tuple(replace(STATUS, detail=f"Failing row contains ({n}, {row}).") for n, row in enumerate(refused))
    return passed(cell, copy=copy, exchanges=exchanges, sql=sql)


IMPORTED = tuple(imported(BASE_CONTROL, "c, bogus", copy=n) for n in (1, 2))


def behind(*changes: SchemaChange) -> SchemaChanged:
    return SchemaChanged(number=1, label=PLAN.labels[0], changes=changes)


@pytest.mark.parametrize(
    ("refused", "status"),
    [
        (("b, old", "c, bogus"), Status.FAIL),
        (("c, bogus", "b, old"), Status.FAIL),
        (("b, old",), Status.FAIL),
        (("c, bogus",), Status.PASS),
        ((), Status.PASS),
    ],
)
def test_a_constraint_that_is_made_anew_may_refuse_what_it_refused(refused: tuple[str, ...], status: Status) -> None:
    assert outcome_of(PLAN, WARM, *IMPORTED, behind(CHECK), imported(WARM, *refused)).status is status


@pytest.mark.parametrize(
    "change",
    [replace(CHECK, name="lines.other_check"), replace(CHECK, deed=Deed.RENAMED), replace(CHECK, deed=Deed.DROPPED)],
)
def test_what_no_step_changed_refuses_as_much_as_it_likes(change: SchemaChange) -> None:
    found = outcome_of(PLAN, WARM, *IMPORTED, behind(change), imported(WARM, "b, old", "c, bogus"))
    assert found.status is Status.PASS


def test_a_trigger_of_the_table_refuses_by_any_message() -> None:
    raised = replace(STATUS, sqlstate="P0001", message="no such status")
    control = [replace(one, sql=(raised,)) for one in IMPORTED]
    more = replace(imported(WARM), sql=(raised, raised))
    function = replace(CHECK, deed=Deed.CHANGED, kind=ObjectKind.FUNCTION, name="look", touched_by=("lines", "look"))
    assert outcome_of(PLAN, WARM, *control, behind(function), more).status is Status.FAIL
    elsewhere = replace(function, touched_by=("orders", "look"))
    assert outcome_of(PLAN, WARM, *control, behind(elsewhere), more).status is Status.PASS


def test_where_it_varies_how_much_is_refused_more_is_no_news() -> None:
    control = (imported(BASE_CONTROL, "aX, bogus"), imported(BASE_CONTROL, "bX, bogus", "cX, bogus"))
    more = imported(WARM, "dX, old", "eX, old", "fX, old")
    assert outcome_of(PLAN, WARM, *control, behind(CHECK), more).status is Status.PASS


def test_other_rows_are_no_news_where_a_step_changed_a_column_of_them() -> None:
    column = replace(CHECK, deed=Deed.CHANGED, kind=ObjectKind.COLUMN, name="lines.code", text="default now d")
    found = outcome_of(PLAN, WARM, *IMPORTED, behind(CHECK, column), imported(WARM, "d, bogus"))
    assert found.status is Status.PASS


def test_the_new_release_may_be_refused_what_its_own_control_run_is_refused() -> None:
    lines = ("b, old", "c, bogus")
    new = replace(IMPORT, replica="new-1")

    def by_new(cell: Cell, copy: int) -> Attempted:
        told = imported(cell, *lines, copy=copy, exchanges=(new,))
        return replace(told, sql=tuple(replace(error, replica="new-1") for error in told.sql))

    control = [by_new(NEW, n) for n in (4, 5)]
    cell = Cell(ROLLOUT, Actor.MIXED)
    assert outcome_of(PLAN, NEW, *IMPORTED, *control, behind(CHECK)).status is Status.PASS
    assert outcome_of(PLAN, cell, *IMPORTED, *control, behind(CHECK), by_new(cell, 6)).status is Status.PASS
    assert outcome_of(PLAN, cell, *IMPORTED, *control, behind(CHECK), imported(cell, *lines)).status is Status.FAIL
