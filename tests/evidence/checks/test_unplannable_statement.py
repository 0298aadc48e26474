"""Statements of the old release that no longer plan: told at the step that broke them, once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from evidence.builders import ORDER, STOCK, at, failed_twice, passed
from evidence.checks.timelines import FIRST, PLAN, SECOND, dropped_at, timeline
from harness.evidence.checks.unplannable_statement import judge
from harness.model.cell import BASE, Actor, Cell, Status
from harness.model.finding import Weight
from harness.model.observed import Background, Sent, SqlError, StatementsPlanned, Unplannable
from harness.model.release import ReleaseName

if TYPE_CHECKING:
    from harness.model.events import Event

NOTE = Unplannable(
    statement="SELECT note FROM orders WHERE id = $1",
    sqlstate="42703",
    message='column "note" does not exist',
    sent=True,
)
GONE = SqlError(replica="old-1", sqlstate=NOTE.sqlstate, message=NOTE.message, statement="SELECT note FROM orders")
LIVED_WITH = SqlError(
    replica="old-1",
    sqlstate=NOTE.sqlstate,
    message=NOTE.message,
    statement="SELECT note FROM orders WHERE id = 17",
    retried=True,
)
REPORT = Unplannable(
    statement="SELECT max(orders.note) FROM orders",
    sqlstate="42703",
    message="column orders.note does not exist",
    sent=False,
)


def planned(label: str | None, *refused: Unplannable, sent: int = 5, filed: int = 0) -> StatementsPlanned:
    return StatementsPlanned(number=1, label=label, sent=sent, filed=filed, left_out=0, refused=refused)


def test_it_names_the_change_the_statement_and_where_it_is_from() -> None:
    found = judge(timeline(planned(None), planned(FIRST), planned(SECOND, NOTE, REPORT), dropped_at(SECOND)), SECOND)
    assert found.status is Status.FAIL
    [finding] = found.findings
    assert finding.headline == (
        '2 statements of the old release no longer plan: 42703 column "note" does not exist; '
        "0002_second dropped column orders.note"
    )
    assert finding.details == (
        "sent by the old release on its own schema: SELECT note FROM orders WHERE id = $1",
        "from the file of statements: SELECT max(orders.note) FROM orders",
    )
    assert finding.sqlstates == ("42703",)
    assert "in the next" in finding.remedy


def test_two_reasons_are_two_findings() -> None:
    other = Unplannable(statement="DELETE FROM carts", sqlstate="42P01", message='relation "carts" ...', sent=True)
    found = judge(timeline(planned(FIRST, NOTE, other), dropped_at(FIRST)), FIRST)
    assert [finding.sqlstates for finding in found.findings] == [("42703",), ("42P01",)]


def test_what_an_earlier_step_broke_is_told_there_alone() -> None:
    run = timeline(planned(FIRST, NOTE), planned(SECOND, NOTE), dropped_at(FIRST))
    assert [judge(run, step).status for step in (FIRST, SECOND)] == [Status.FAIL, Status.PASS]


def test_what_a_journey_showed_at_this_step_for_the_same_reason_is_told_there_alone() -> None:
    error = SqlError(replica="old-1", sqlstate="42703", message='column "note" of relation "orders" does not exist')
    shown = failed_twice(at(PLAN, 1, Actor.OLD_WARM), sql=error)
    assert judge(timeline(*shown, planned(FIRST, NOTE), dropped_at(FIRST)), FIRST).status is Status.PASS


def test_what_a_journey_showed_for_another_reason_hides_nothing() -> None:
    error = SqlError(replica="old-1", sqlstate="23502", message='null value in column "tenant" of relation "orders"')
    shown = failed_twice(at(PLAN, 1, Actor.OLD_WARM), sql=error)
    assert judge(timeline(*shown, planned(FIRST, NOTE), dropped_at(FIRST)), FIRST).status is Status.FAIL


def test_what_background_work_was_refused_is_told_there_alone() -> None:
    refused = Background(number=1, cell=at(PLAN, 1, Actor.OLD_WARM), waited_s=0.3, errors=(GONE,))
    assert judge(timeline(refused, planned(FIRST, NOTE), dropped_at(FIRST)), FIRST).status is Status.PASS


def test_what_the_application_sends_in_another_form_when_it_is_refused_breaks_nothing() -> None:
    lives_with_it = passed(at(PLAN, 1, Actor.OLD_WARM), sql=(LIVED_WITH,))
    assert judge(timeline(lives_with_it, planned(FIRST, NOTE), dropped_at(FIRST)), FIRST).status is Status.PASS


def test_that_the_application_lives_with_one_refusal_says_nothing_of_another_statement() -> None:
    lives_with_it = passed(at(PLAN, 1, Actor.OLD_WARM), sql=(LIVED_WITH,))
    found = judge(timeline(lives_with_it, planned(FIRST, NOTE, REPORT), dropped_at(FIRST)), FIRST)
    [finding] = found.findings
    assert finding.details == ("from the file of statements: SELECT max(orders.note) FROM orders",)


def test_nor_does_it_where_the_journey_fails_over_something_else() -> None:
    other = SqlError(replica="old-1", sqlstate="23502", message='null value in column "tenant" of relation "orders"')
    fails = [replace(one, sql=(LIVED_WITH, other)) for one in failed_twice(at(PLAN, 1, Actor.OLD_WARM))]
    found = judge(timeline(*fails, planned(FIRST, NOTE, REPORT), dropped_at(FIRST)), FIRST)
    [finding] = found.findings
    assert finding.details == ("from the file of statements: SELECT max(orders.note) FROM orders",)


INSTEAD = "SELECT id FROM orders WHERE id = $1"


def told(step: str, actor: Actor, statement: str, journey: str = ORDER) -> Sent:
    cell = Cell(step, actor)
    return Sent(number=1, cell=cell, release=ReleaseName.OLD, journey=journey, statements=(statement,))


@pytest.mark.parametrize("journey", [ORDER, ""])
def test_what_a_journey_replaces_by_another_statement_and_passes_is_a_note(journey: str) -> None:
    sent = told(BASE, Actor.CONTROL, NOTE.statement), told(FIRST, Actor.OLD_WARM, INSTEAD, journey)
    found = judge(timeline(*sent, planned(FIRST, NOTE, REPORT), dropped_at(FIRST)), FIRST)
    assert [(one.weight, one.details) for one in found.findings] == [
        (Weight.FAIL, ("from the file of statements: SELECT max(orders.note) FROM orders",)),
        (Weight.NOTE, (f"sent by the old release on its own schema: {NOTE.statement}",)),
    ]
    assert judge(timeline(*sent, planned(FIRST, NOTE), dropped_at(FIRST)), FIRST).status is Status.PASS


@pytest.mark.parametrize(
    "events",
    [
        (),  # nothing came in its stead: it may be sent once, for a row that is there by now
        (told(FIRST, Actor.OLD_WARM, "SELECT id FROM carts"),),
        (told(FIRST, Actor.OLD_WARM, "UPDATE orders SET id = 1"),),
        (told(FIRST, Actor.OLD_WARM, INSTEAD, STOCK),),
        (told(SECOND, Actor.OLD_WARM, INSTEAD),),
        (told(FIRST, Actor.OLD_WARM, INSTEAD), told(BASE, Actor.CONTROL, GONE.statement, STOCK)),
        (told(FIRST, Actor.OLD_WARM, INSTEAD), told(BASE, Actor.CONTROL, GONE.statement, "")),
        (told(FIRST, Actor.OLD_WARM, INSTEAD), passed(at(PLAN, 1, Actor.OLD_WARM), sql=(GONE,))),
        (told(FIRST, Actor.OLD_WARM, INSTEAD), *failed_twice(at(PLAN, 1, Actor.OLD_COLD), sql=None)),
    ],
)
def test_what_is_not_seen_to_be_replaced_everywhere_stays_a_failure(events: tuple[Event, ...]) -> None:
    sent = told(BASE, Actor.CONTROL, GONE.statement)
    refused = replace(NOTE, statement=GONE.statement)
    run = timeline(sent, *events, planned(FIRST, refused), dropped_at(FIRST))
    assert judge(run, FIRST).status is Status.FAIL


@pytest.mark.parametrize(
    ("events", "status"),
    [((planned(FIRST),), Status.PASS), ((planned(FIRST, sent=0),), Status.UNTESTED), ((), Status.SKIPPED)],
)
def test_nothing_known_is_no_pass(events: tuple[StatementsPlanned, ...], status: Status) -> None:
    found = judge(timeline(*events), FIRST)
    assert (found.status, bool(found.reason)) == (status, status is not Status.PASS)
