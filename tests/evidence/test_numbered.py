"""Requests that differ by numbers alone: which of them PostgreSQL refuses in the control run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from evidence.builders import at, make_plan, outcome_of, passed
from harness.evidence.numbered import Numbered, Telling
from harness.model.cell import BASE, ROLLOUT, Actor, Cell, Status
from harness.model.events import SchemaChanged
from harness.model.exchange import Exchange
from harness.model.observed import SqlError
from harness.model.schema import Deed, ObjectKind, SchemaChange

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.model.events import Attempted, Event

PLAN = make_plan(1)
WARM = at(PLAN, 1, Actor.OLD_WARM)
CONTROL = Cell(BASE, Actor.CONTROL)
TOO_FEW = SqlError(
    replica="old-1",
    sqlstate="23514",
    message='new row for relation "gifts" violates check constraint "gifts_n"',
    detail="Failing row contains (1, 3).",
    statement="INSERT INTO gifts (n) VALUES ($1)",
    retried=False,
)
NO_LEVEL = replace(
    TOO_FEW,
    sqlstate="23503",
    message='insert or update on table "gifts" violates foreign key constraint "gifts_n"',
    detail='Key (n)=(3) is not present in table "levels".',
)
NARROWER = SchemaChange(
    deed=Deed.ADDED,
    kind=ObjectKind.CONSTRAINT,
    name="gifts.gifts_n",
    text="added constraint gifts.gifts_n",
    names=("gifts", "gifts_n"),
    touched_by=("gifts",),
    owners=("gifts",),
)
BEHIND = SchemaChanged(number=1, label=PLAN.labels[0], changes=(NARROWER,))


def sent(cell: Cell, copy: int, numbers: Iterable[int], refused: Iterable[int], error: SqlError = TOO_FEW) -> Attempted:
    """Gifts of so many things by a giver of his own, and which of these PostgreSQL refused."""
    numbers = tuple(numbers)
    exchanges = tuple(
        Exchange(
            replica="old-1", method="POST", path="/gifts", request=f'{{"giver": {900 + copy}, "n": {n}}}', status=201
        )
        for n in numbers
    )
    sql = tuple(replace(error, exchange=index) for index, n in enumerate(numbers) if n in set(refused))
    return passed(cell, copy=copy, exchanges=exchanges, sql=sql)


def judged(*events: Event, numbers: tuple[int, ...] = (3, 5), refused: tuple[int, ...], error: SqlError) -> Status:
    return outcome_of(PLAN, WARM, *events, sent(WARM, 9, numbers, refused, error)).status


USUAL = tuple(sent(CONTROL, n, (3, 5), (3,)) for n in (1, 2, 3))


def test_a_constraint_that_is_made_anew_may_not_refuse_other_numbers() -> None:
    assert judged(*USUAL, BEHIND, refused=(3,), error=TOO_FEW) is Status.PASS
    assert judged(*USUAL, BEHIND, refused=(3, 5), error=TOO_FEW) is Status.FAIL
    assert judged(*USUAL, BEHIND, refused=(), error=TOO_FEW) is Status.PASS
    assert judged(*USUAL, replace(BEHIND, changes=()), refused=(3, 5), error=TOO_FEW) is Status.PASS


@pytest.mark.parametrize(
    "control",
    [
        (*USUAL, sent(CONTROL, 4, (3, 5), (3, 5))),
        (*USUAL, sent(CONTROL, 4, (3, 6), (3,))),
        USUAL[:1],
        (USUAL[0], USUAL[0]),
        tuple(sent(CONTROL, n, (n, n + 10), (n,)) for n in (1, 2, 3)),
    ],
    ids=["now and then", "another one once", "seen once", "one copy alone", "others each time"],
)
def test_what_numbers_do_not_tell_stays_as_it_is(control: tuple[Attempted, ...]) -> None:
    assert judged(*control, BEHIND, refused=(3, 5), error=TOO_FEW) is Status.PASS


def test_a_number_that_the_control_run_never_sent_tells_nothing() -> None:
    assert judged(*USUAL, BEHIND, numbers=(3, 4), refused=(3, 4), error=TOO_FEW) is Status.PASS


def test_numbers_are_told_apart_under_another_name_of_the_constraint() -> None:
    anew = replace(NARROWER, name="gifts.gifts_m", names=("gifts", "gifts_m"))
    more = replace(TOO_FEW, message=TOO_FEW.message.replace("gifts_n", "gifts_m"))
    behind = replace(BEHIND, changes=(anew,))
    assert judged(*USUAL, behind, refused=(3,), error=more) is Status.PASS
    assert judged(*USUAL, behind, refused=(3, 5), error=more) is Status.FAIL


LEVELS = tuple(sent(CONTROL, n, (3, 5), (3,), NO_LEVEL) for n in (1, 2, 3))


@pytest.mark.parametrize(
    ("written", "error", "status"),
    [
        (("levels",), NO_LEVEL, Status.FAIL),
        (("app.levels",), NO_LEVEL, Status.FAIL),
        (("gifts",), NO_LEVEL, Status.PASS),
        ((), NO_LEVEL, Status.PASS),
        (("levels",), replace(NO_LEVEL, detail=""), Status.PASS),
    ],
)
def test_rows_that_a_step_removed_are_missed_by_a_foreign_key(
    written: tuple[str, ...], error: SqlError, status: Status
) -> None:
    behind = replace(BEHIND, changes=(), written=tuple((table, 1) for table in written))
    assert judged(*LEVELS, behind, refused=(3, 5), error=error) is status
    assert judged(*LEVELS, behind, refused=(3,), error=error) is Status.PASS


def test_rows_that_a_step_removed_are_missed_by_none_who_was_there_before() -> None:
    behind = replace(BEHIND, changes=(), written=(("levels", 1),))
    more = sent(CONTROL, 9, (3, 5), (3, 5), NO_LEVEL)
    assert outcome_of(PLAN, CONTROL, *LEVELS, behind, more).status is Status.PASS
    cell = Cell(ROLLOUT, Actor.ROLL_BACK)
    assert outcome_of(PLAN, cell, *LEVELS, behind, replace(more, cell=cell)).status is Status.FAIL


def test_only_numbers_that_copies_share_are_looked_at() -> None:
    met = [
        Numbered(copy=copy, numbers=(str(100 + copy), level), refused={"no": 2} if level == "3" else {})
        for copy in (1, 2)
        for level in ("3", "5")
    ]
    telling = Telling.see(met, "no")
    assert telling.shared == (1,)
    assert (telling.count(("7", "3")), telling.count(("7", "5")), telling.count(("7", "4"))) == (2, 0, None)
    assert Telling.see((), "no").count(("7", "3")) is None
