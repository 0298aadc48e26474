"""Whose statement it was that PostgreSQL refused, where the log has milliseconds and attempts take less."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from harness.model.cell import BASE, Actor, Cell
from harness.model.events import Attempted, Failure
from harness.model.exchange import Exchange
from harness.model.observed import SqlError
from harness.model.statement import fingerprint
from harness.runtime import attempts
from harness.runtime.attempts import Done, assign_logged
from harness.runtime.observer import Logged

if TYPE_CHECKING:
    from collections.abc import Sequence

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
FAILURE = Failure(kind="http", text="POST /orders answered 500")


def attempt(copy: int, began_us: int, ended_us: int, *, fails: bool = True) -> Done:
    event = Attempted(
        number=1,
        cell=Cell(BASE, Actor.CONTROL),
        journey=f"journey_{copy}",
        round=1,
        copy=copy,
        origin="fresh",
        replicas=("old-1",),
        segment=0,
        data="",
        failure=FAILURE if fails else None,
    )
    return Done(event, NOON + timedelta(microseconds=began_us), NOON + timedelta(microseconds=ended_us))


def refusal(at_us: int) -> Logged:
    """As the log shows it: cut off to milliseconds."""
    shown = NOON + timedelta(milliseconds=at_us // 1000)
    error = SqlError(replica="old-1", sqlstate="42703", message=f"refused at {at_us}")
    return Logged(time=shown, replica="old-1", session=1, statement="", error=error)


def assigned(refusals: Sequence[Logged], attempts: Sequence[Done]) -> dict[int, list[str]]:
    return {
        event.copy: [error.message for error in event.sql]
        for event in assign_logged(list(refusals), list(attempts), complete=True).attempts
    }


def test_a_refusal_belongs_to_the_attempt_during_which_it_happened() -> None:
    given = assigned([refusal(3_500)], [attempt(1, 0, 2_000), attempt(2, 2_100, 4_000), attempt(3, 5_100, 7_000)])
    assert given == {1: [], 2: ["refused at 3500"], 3: []}


def test_in_one_millisecond_the_attempt_that_failed_has_it() -> None:
    attempts = [attempt(1, 0, 400, fails=False), attempt(2, 450, 900), attempt(3, 950, 990, fails=False)]
    assert assigned([refusal(700)], attempts) == {1: [], 2: ["refused at 700"], 3: []}


@pytest.mark.parametrize("length_us", [300, 700, 1_000, 1_600, 2_500])
def test_attempts_that_fail_one_after_the_other_have_one_each(length_us: int) -> None:
    """A journey that lost its evidence to its neighbour seems to fail for another reason than at the step before."""
    attempts = [attempt(n, n * length_us, (n + 1) * length_us - 20) for n in range(4)]
    refusals = [refusal(n * length_us + length_us // 2) for n in range(4)]
    given = assigned(refusals, attempts)
    assert [len(messages) for messages in given.values()] == [1, 1, 1, 1]
    assert given == {n: [f"refused at {n * length_us + length_us // 2}"] for n in range(4)}


def test_the_refusals_of_one_attempt_stay_together() -> None:
    attempts = [attempt(1, 0, 2_400), attempt(2, 2_500, 9_000)]
    given = assigned([refusal(500), refusal(1_500), refusal(7_000)], attempts)
    assert given == {1: ["refused at 500", "refused at 1500"], 2: ["refused at 7000"]}


def asks(one: Done, *spans_us: tuple[int, int], status: int = 202) -> Done:
    """The same attempt, with a request for each span of time."""
    exchanges = tuple(
        Exchange(
            replica="old-1",
            method="POST",
            path="/notes",
            status=status,
            at_s=(NOON + timedelta(microseconds=first) - one.began).total_seconds(),
            duration_s=(last - first) / 1e6,
        )
        for first, last in spans_us
    )
    return replace(one, event=replace(one.event, exchanges=exchanges))


def test_in_one_millisecond_the_attempt_that_had_a_request_under_way_has_it() -> None:
    """Another one has no claim on it by having none yet, or by having come first."""
    visited = asks(attempt(1, 36_900, 45_900, fails=False), (37_000, 39_700), (40_100, 41_900), (42_211, 45_720))
    rated = asks(attempt(2, 46_000, 62_000, fails=False), (46_239, 52_200))
    given = assigned([refusal(37_900), refusal(45_500)], [visited, rated])
    assert given == {1: ["refused at 37900", "refused at 45500"], 2: []}
    visited = asks(attempt(1, 36_900, 45_100, fails=False), (37_000, 45_020))
    rated = asks(attempt(2, 45_100, 62_000, fails=False), (45_239, 52_200))
    given = assigned([refusal(37_900), refusal(45_010)], [visited, rated])
    assert given == {1: ["refused at 37900", "refused at 45010"], 2: []}
    first = asks(attempt(1, 37_600, 43_150), (37_724, 42_734), status=500)
    second = asks(attempt(2, 43_170, 53_300), (43_321, 52_830), status=500)
    assert assigned([refusal(43_600)], [first, second]) == {1: [], 2: ["refused at 43600"]}


def test_of_two_requests_in_one_millisecond_the_one_that_failed_has_it() -> None:
    good = asks(attempt(1, 0, 9_000), (100, 4_200)).event.exchanges
    bad = asks(attempt(1, 0, 9_000), (4_300, 8_000), status=500).event.exchanges
    one = attempt(1, 0, 9_000)
    for exchanges, index in (((*good, *bad), 1), ((*good, *(replace(each, status=404) for each in bad)), 0)):
        done = replace(one, event=replace(one.event, exchanges=exchanges))
        [event] = assign_logged([refusal(4_600)], [done], complete=True).attempts
        assert [error.exchange for error in event.sql] == [index]


def test_what_was_refused_to_nobody_is_nobodys() -> None:
    assert assigned([refusal(50_000)], [attempt(1, 0, 2_000)]) == {1: []}


def logged(at_us: int, statement: str, *, refused: bool = False) -> Logged:
    return replace(refusal(at_us), statement=statement, error=refusal(at_us).error if refused else None)


INSERT = "INSERT INTO notes (text) VALUES ($1)"


def retried(*entries: Logged, complete: bool = True) -> list[bool | None]:
    done = [attempt(1, 0, 9_000)]
    return [e.retried for e in assign_logged(list(entries), done, complete=complete).attempts[0].sql]


def in_two_requests(*entries: Logged) -> list[bool | None]:
    """The first request takes the first 4 ms, and the second one 4 ms from the tenth on."""
    one = attempt(1, 0, 20_000, fails=False)
    exchanges = tuple(
        Exchange(replica="old-1", method="POST", path="/notes", status=202, at_s=at_s, duration_s=0.004)
        for at_s in (0.0, 0.010)
    )
    done = replace(one, event=replace(one.event, exchanges=exchanges))
    return [e.retried for e in assign_logged(list(entries), [done], complete=True).attempts[0].sql]


def test_what_may_be_the_same_requests_in_the_logs_grain_is_the_same_requests() -> None:
    """The log has milliseconds: the first request may have ended in the one in which the second began."""
    one = attempt(1, 0, 20_000, fails=False)
    exchanges = tuple(
        Exchange(replica="old-1", method="POST", path="/notes", status=202, at_s=at_s, duration_s=0.004)
        for at_s in (0.0, 0.005)
    )
    done = replace(one, event=replace(one.event, exchanges=exchanges))
    first = logged(5_000, INSERT, refused=True)
    twice = replace(first, error=replace(first.error, sqlstate="23505")) if first.error is not None else first
    entries = [twice, logged(8_000, "SELECT id FROM notes WHERE text = $1")]
    [event] = assign_logged(entries, [done], complete=True).attempts
    assert [error.retried for error in event.sql] == [True]


def test_requests_are_told_from_when_the_journey_had_its_turn() -> None:
    """It may have waited for that, so that its requests are later than it was asked for."""
    one = attempt(1, 0, 40_000, fails=False)
    exchanges = tuple(
        Exchange(replica="old-1", method="POST", path="/notes", status=202, at_s=at_s, duration_s=0.004)
        for at_s in (0.0, 0.010)
    )
    turn = (NOON + timedelta(milliseconds=20)).timestamp()
    done = replace(one, event=replace(one.event, exchanges=exchanges, at=turn))
    [event] = assign_logged([logged(31_000, INSERT, refused=True)], [done], complete=True).attempts
    assert [error.exchange for error in event.sql] == [1]


def test_what_another_request_sends_is_not_the_refused_statement_again() -> None:
    first = logged(2_000, INSERT, refused=True)
    assert in_two_requests(first, logged(12_000, INSERT)) == [False]
    assert in_two_requests(first, logged(3_000, INSERT)) == [True]
    assert in_two_requests(first, logged(7_000, INSERT)) == [True], "no request's: somebody tries again behind it"


def test_a_row_that_is_there_already_is_not_lost_where_the_same_request_goes_on_with_its_table() -> None:
    first = logged(2_000, INSERT, refused=True)
    twice = replace(first, error=replace(first.error, sqlstate="23505")) if first.error is not None else first
    for behind in ("SELECT id FROM notes WHERE text = $1", "UPDATE public.notes SET text = $1"):
        assert in_two_requests(twice, logged(2_000, behind)) == [True]
        assert in_two_requests(first, logged(2_000, behind)) == [False], "only a row that is there can be met"
        assert in_two_requests(logged(2_000, behind), twice) == [False], "it was met before"
        assert in_two_requests(twice, logged(12_000, behind)) == [False], "by another request"
    assert in_two_requests(twice, logged(3_000, "SELECT 1 FROM keynotes")) == [False]


@pytest.mark.parametrize(
    ("behind", "values", "goes_on"),
    [
        ("SELECT count(*) FROM notes WHERE shelf = $1", "Parameters: $1 = 'walk'", False),
        ("SELECT count(*) FROM notes", "", False),
        ("SELECT text FROM notes WHERE id = $1", "Parameters: $1 = '17'", False),
        ("INSERT INTO seen SELECT count(*) FROM notes", "", False),
        ("SELECT count(*) FROM notes WHERE shelf = $1", "Parameters: $1 = 'o''clock'", True),
        ("SELECT id FROM notes WHERE notes.TEXT = $1", "Parameters: $1 = 'another form of it'", True),
        ("SELECT id FROM shelves JOIN notes USING (text)", "", True),
        ("SELECT take_note(notes, 'o''clock') FROM notes", "", True),
        ("UPDATE notes SET seen = now() WHERE id = $1", "Parameters: $1 = '17'", True),
    ],
)
def test_what_goes_on_with_a_row_that_is_there_asks_for_its_key(behind: str, values: str, goes_on: bool) -> None:
    first = logged(2_000, INSERT, refused=True)
    detail = "Key (text)=(o'clock) already exists."
    twice = replace(first, error=replace(first.error, sqlstate="23505", detail=detail)) if first.error else first
    assert in_two_requests(twice, replace(logged(3_000, behind), values=values)) == [goes_on]


def test_a_statement_that_goes_through_later_in_the_same_attempt_was_retried() -> None:
    assert retried(logged(2_000, INSERT, refused=True), logged(3_000, INSERT)) == [True]
    other = "INSERT INTO notes (text, shelf) VALUES ($1, $2)"
    assert retried(logged(2_000, INSERT, refused=True), logged(3_000, other)) == [True]


def test_a_statement_that_was_sent_and_then_refused_was_not() -> None:
    assert retried(logged(2_000, INSERT), logged(2_000, INSERT, refused=True)) == [False]
    assert retried(logged(2_000, INSERT, refused=True), logged(3_000, "INSERT INTO tags (text) VALUES ($1)")) == [False]
    assert retried(logged(2_000, INSERT, refused=True), logged(20_000, INSERT)) == [False]


def test_one_that_is_sent_without_end_is_looked_at_once_each_and_told_some_times(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Buildbot 3.11 does it, hundreds of times a second: the time for each must not grow with their number."""
    looked: list[str] = []

    def look(statement: str) -> str:
        looked.append(statement)
        return "notes"

    monkeypatch.setattr(attempts, "_kind", look)
    error = SqlError(replica="old-1", sqlstate="23502", message="null value in column shelf", detail="17")
    entries = [replace(logged(n * 8, INSERT), error=error if n % 2 else None) for n in range(1_000)]
    [event] = assign_logged(entries, [attempt(1, 0, 9_000)], complete=True).attempts
    assert len(looked) == 1_500
    assert [one.sqlstate for one in event.sql] == ["23502"] * 20
    assert len(assign_logged(entries, [], complete=True).background) == 20


def stored(*entries: Logged, complete: bool = True) -> dict[tuple[int | None, str], int]:
    """What two requests stored, as in :func:`in_two_requests`."""
    one = attempt(1, 0, 20_000, fails=False)
    exchanges = tuple(
        Exchange(replica="old-1", method="POST", path="/notes", status=202, at_s=at_s, duration_s=0.004)
        for at_s in (0.0, 0.010)
    )
    done = replace(one, event=replace(one.event, exchanges=exchanges))
    [event] = assign_logged(list(entries), [done], complete=complete).attempts
    return {(wrote.exchange, wrote.target): wrote.times for wrote in event.wrote}


def test_what_each_request_stored_is_counted_without_what_was_refused() -> None:
    first = logged(2_000, INSERT, refused=True)
    error = replace(first.error, sqlstate="23514") if first.error is not None else None
    refused, other = replace(first, error=error), replace(first, error=error, session=7)
    sent = [logged(1_000, INSERT), logged(2_000, INSERT), refused, logged(3_000, INSERT)]
    assert stored(*sent) == {(0, "INSERT notes"): 2}
    assert stored(*sent, logged(3_000, "SELECT 1"), logged(12_000, INSERT)) == {
        (0, "INSERT notes"): 2,
        (1, "INSERT notes"): 1,
    }
    assert stored(logged(1_000, INSERT), other) == {(0, "INSERT notes"): 1}, "another session's"
    assert stored(logged(2_000, INSERT), refused) == {}
    assert stored(logged(7_000, INSERT), logged(30_000, INSERT)) == {(None, "INSERT notes"): 1}
    assert stored(*sent, complete=False) == {}


def test_what_is_refused_before_it_is_executed_was_not_sent_before() -> None:
    first = logged(2_000, INSERT, refused=True)
    unfit = replace(first, error=replace(first.error, sqlstate="22P02")) if first.error is not None else first
    assert stored(logged(1_000, INSERT), unfit) == {(0, "INSERT notes"): 1}


def test_without_every_statement_in_the_log_nobody_knows() -> None:
    assert retried(logged(2_000, INSERT, refused=True), complete=False) == [None]


def test_what_is_sent_without_a_request_too_belongs_to_no_attempt() -> None:
    entry = logged(2_000, INSERT, refused=True)
    found = assign_logged([entry], [attempt(1, 0, 9_000)], complete=True, background={fingerprint(INSERT)})
    assert (found.attempts[0].sql, len(found.background)) == ((), 1)


def test_a_statement_that_is_refused_without_end_is_looked_at_once() -> None:
    """Buildbot 3.11 sends one again at once, hundreds of times a second: each look is through all that was sent."""
    first = logged(0, INSERT, refused=True)
    error = replace(first.error, sqlstate="23505") if first.error is not None else None
    sent = [
        replace(entry, time=NOON + timedelta(microseconds=at_us))
        for at_us in range(0, 4_000, 8)
        for entry in (replace(first, error=error), logged(0, "ROLLBACK"))
    ]
    one = attempt(1, 0, 9_000, fails=False)
    exchange = Exchange(replica="old-1", method="POST", path="/notes", status=202, at_s=0.0, duration_s=0.009)
    done = replace(one, event=replace(one.event, exchanges=(exchange,)))
    looked = 0

    def look(text: str, table: str) -> bool:
        nonlocal looked
        looked += 1
        return table in text

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(attempts, "mentions", look)
        [event] = assign_logged(sent, [done], complete=True).attempts
    assert {e.retried for e in event.sql} == {False}
    assert 0 < looked <= len(sent)
