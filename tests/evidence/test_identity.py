"""Which findings of two runs are the same one."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, TypeAlias

import pytest

from evidence.builders import CACHED_PLAN, ORDER, STOCK, at, failed_twice, make_plan, not_ready, outcome_of, rehearsed
from harness.evidence.identity import Identity, identify_finding, identify_outcome, plain_text, sign
from harness.evidence.story import tell
from harness.model.cell import Actor
from harness.model.finding import Finding
from harness.model.observed import SqlError

if TYPE_CHECKING:
    from harness.model.events import Event

PLAN = make_plan(1)
WARM = at(PLAN, 1, Actor.OLD_WARM)
NO_VALUE = SqlError(replica="old-1", sqlstate="23502", message="null value in column kind")


Signatures: TypeAlias = tuple[str, ...]


def story(*events: Event) -> Signatures:
    outcome = outcome_of(PLAN, WARM, *events)
    return sign(outcome, tell(outcome, PLAN, rehearsed(PLAN, *events)))


def error(message: str, sqlstate: str = "42703") -> SqlError:
    return SqlError(replica="old-1", sqlstate=sqlstate, message=message)


def refused(message: str, sqlstate: str = "42703") -> Signatures:
    return story(*failed_twice(WARM, sql=error(message, sqlstate)))


def silent(journey: str) -> Signatures:
    plan = make_plan(1, (ORDER, STOCK))
    events = failed_twice(WARM, journey, sql=None)
    outcome = outcome_of(plan, WARM, *events, journey=journey)
    return sign(outcome, tell(outcome, plan, rehearsed(plan, *events)))


def identify(told: Signatures, journey: str = ORDER, step: str = "0001_first", actor: str = "old-warm") -> Identity:
    return identify_outcome(step, actor, journey, told)


def first_and(other: SqlError | None) -> Identity:
    """A journey that is refused a row first, and something else the second time."""
    first, _ = failed_twice(WARM, sql=NO_VALUE)
    _, second = failed_twice(WARM, sql=other)
    return identify(story(first, second))


def test_one_refusal_is_one_finding_whichever_journey_meets_it() -> None:
    stale = story(*failed_twice(WARM, sql=CACHED_PLAN))
    assert identify(stale, ORDER) == identify(stale, STOCK)
    assert identify(stale, ORDER).id == identify(stale, STOCK).id


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (identify(refused("column a does not exist")), identify(refused("column b does not exist"))),
        (identify(refused("no", "42703")), identify(refused("no", "42P01"))),
        (identify(refused("no")), identify(refused("no"), step="0002_second")),
        (identify(refused("no")), identify(refused("no"), actor="old-cold")),
        (identify(silent(ORDER), ORDER), identify(silent(STOCK), STOCK)),
    ],
)
def test_what_went_wrong_otherwise_or_elsewhere_is_another_finding(one: Identity, other: Identity) -> None:
    assert one != other
    assert one.id != other.id


@pytest.mark.parametrize(
    ("sqlstate", "one", "other"),
    [
        ("23505", "duplicate key 17", "duplicate key 18"),
        ("22P02", 'invalid input syntax: "Ada"', 'invalid input syntax: "Bob"'),
    ],
)
def test_values_of_rows_make_no_other_finding(sqlstate: str, one: str, other: str) -> None:
    assert identify(refused(one, sqlstate)) == identify(refused(other, sqlstate))


def test_a_replica_that_does_not_start_is_one_finding_for_all_journeys() -> None:
    dead = story(not_ready(WARM, "old-7", reason="exited with status 3 before it was ready"))
    assert identify(dead, ORDER) == identify(dead, STOCK)
    assert identify(dead) != identify(story(*failed_twice(WARM, sql=None)))


def test_a_failure_that_nothing_is_told_of_is_named_by_its_journey() -> None:
    assert identify((), ORDER) != identify((), STOCK)


@pytest.mark.parametrize("other", [error("column a does not exist"), error("no value there", "23502"), None])
def test_another_failure_beside_a_known_one_is_another_finding(other: SqlError | None) -> None:
    known, both = first_and(NO_VALUE), first_and(other)
    assert known.parts == (known.id,)
    assert both.id != known.id
    assert len(both.parts) == 2
    assert known.id in both.parts


def test_another_error_of_the_same_attempt_is_another_finding_and_the_aftermath_is_none() -> None:
    def met(*errors: SqlError) -> Identity:
        return identify(story(*(dataclasses.replace(one, sql=errors) for one in failed_twice(WARM, sql=NO_VALUE))))

    after = error("current transaction is aborted", "25P02")
    assert met(NO_VALUE, after) == met(NO_VALUE)
    assert met(NO_VALUE, CACHED_PLAN) == met(CACHED_PLAN, NO_VALUE) != met(NO_VALUE)
    assert met(after) != met(NO_VALUE)


def test_a_check_is_known_by_its_sentence_without_numbers() -> None:
    long, longer = (Finding(headline=f"requests waited up to {ms} ms for ALTER TABLE notes") for ms in (612, 1979))
    other = Finding(headline="requests waited up to 612 ms for ALTER TABLE users")
    assert identify_finding("0001", "lock-wait", long) == identify_finding("0001", "lock-wait", longer)
    assert identify_finding("0001", "lock-wait", long) != identify_finding("0001", "lock-wait", other)
    assert identify_finding("0001", "lock-wait", long) != identify_finding("0001", "full-scan", long)


@pytest.mark.parametrize(
    ("sentence", "plain"),
    [
        ("old-1, old-2 dropped the request", "old-N dropped the request"),
        ("old-1, old-2, old-3 dropped 2.5 of 3", "old-N dropped N.N of N"),
        ("old-1, new-1 said so", "old-N, new-N said so"),
        ("8b1f6d1e-9b0c-4f6c-8a54-0d8f4ad9b4f1 is gone, int4 is not", "N is gone, int4 is not"),
    ],
)
def test_what_varies_is_taken_out(sentence: str, plain: str) -> None:
    assert plain_text(sentence) == plain


def test_an_id_is_short_and_always_the_same() -> None:
    known = Identity(step="0001_first", who="old-warm", what="42703 column a does not exist")
    assert known.id == "3e6a06c14f02"
