"""A constraint that refuses what it always refused is no news under another name, and one that refuses more is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from evidence.builders import at, make_plan, outcome_of, passed
from harness.evidence.former import Former
from harness.model.cell import BASE, Actor, Cell, Status
from harness.model.events import SchemaChanged
from harness.model.exchange import Exchange
from harness.model.observed import SqlError
from harness.model.schema import Deed, ObjectKind, SchemaChange

if TYPE_CHECKING:
    from harness.model.events import Attempted

PLAN = make_plan(2)
WARM = at(PLAN, 2, Actor.OLD_WARM)
CONTROL = Cell(BASE, Actor.CONTROL)
BAD = Exchange(replica="old-1", method="POST", path="/notes", request='{"word": "bad"}', status=201)
GOOD = replace(BAD, request='{"word": "good"}')
CHECK = SqlError(
    replica="old-1",
    sqlstate="23514",
    message='new row for relation "notes" violates check constraint "notes_c"',
    detail="Failing row contains (1, bad).",
    statement="INSERT INTO notes (word) VALUES ($1)",
    retried=False,
)


def other(error: SqlError, message: str, **fields: Any) -> SqlError:
    return replace(error, message=message, **fields)


def renamed(kind: ObjectKind, owner: str, was: str, now: str) -> SchemaChange:
    return SchemaChange(
        deed=Deed.RENAMED,
        kind=kind,
        name=f"{owner}.{was}" if owner else was,
        text=f"renamed {kind} {was} to {now}",
        names=tuple(filter(None, (owner, was, now))),
        touched_by=(owner or was,),
        owners=tuple(filter(None, [owner])),
    )


def added(kind: ObjectKind, name: str, *, within: tuple[str, ...] = ()) -> SchemaChange:
    owner = name.rpartition(".")[0]
    return SchemaChange(
        deed=Deed.ADDED,
        kind=kind,
        name=name,
        text=f"added {name}",
        names=(name,),
        touched_by=tuple(filter(None, [owner])),
        owners=tuple(filter(None, [owner])),
        within=within,
    )


def sent(cell: Cell, copy: int, *refused: tuple[int, SqlError]) -> Attempted:
    """Two notes, and what PostgreSQL refused of these."""
    sql = tuple(replace(error, exchange=index) for index, error in refused)
    return passed(cell, copy=copy, exchanges=(BAD, GOOD), sql=sql)


def judged(usual: SqlError, changes: tuple[SchemaChange, ...], *refused: tuple[int, SqlError]) -> Status:
    """What becomes of a cell behind a step, where the control run is always refused the first note."""
    control = [sent(CONTROL, n, (0, usual)) for n in (1, 2, 3)]
    events = SchemaChanged(number=1, label=PLAN.labels[0], changes=changes)
    outcome = outcome_of(PLAN, WARM, *control, events, sent(WARM, 4, *refused))
    assert outcome.status is not Status.PASS or not outcome.reason
    return outcome.status


CHILD = other(
    CHECK,
    'insert or update on table "notes" violates foreign key constraint "notes_c"',
    sqlstate="23503",
    detail='Key (word)=(bad) is not present in table "words".',
)
OVERLAP = other(
    CHECK,
    'conflicting key value violates exclusion constraint "notes_c"',
    sqlstate="23P01",
    detail="Key (word)=(bad) conflicts with existing key (word)=(bad).",
)
DOMAIN = other(CHECK, 'value for domain mark violates check constraint "notes_c"', detail="")
EMPTY = other(CHECK, 'null value in column "word" of relation "notes" violates not-null constraint', sqlstate="23502")


@pytest.mark.parametrize("usual", [CHECK, CHILD, OVERLAP, DOMAIN])
def test_a_constraint_that_was_renamed_refuses_what_it_refused(usual: SqlError) -> None:
    now = other(usual, usual.message.replace("notes_c", "notes_d"))
    assert judged(usual, (renamed(ObjectKind.CONSTRAINT, "notes", "notes_c", "notes_d"),), (0, now)) is Status.PASS
    elsewhere = renamed(ObjectKind.CONSTRAINT, "notes", "notes_x", "notes_y")
    assert judged(usual, (elsewhere,), (1, now)) is Status.FAIL


@pytest.mark.parametrize("usual", [CHECK, CHILD, EMPTY])
def test_rows_of_a_table_that_was_renamed_are_refused_as_they_were(usual: SqlError) -> None:
    now = other(usual, usual.message.replace('"notes"', '"remarks"'))
    assert judged(usual, (renamed(ObjectKind.TABLE, "", "notes", "remarks"),), (0, now)) is Status.PASS
    assert judged(usual, (added(ObjectKind.TABLE, "remarks"),), (0, now)) is Status.FAIL


def test_rows_of_a_part_are_refused_as_those_of_the_whole_were() -> None:
    now = other(CHECK, CHECK.message.replace('"notes"', '"notes_1"'))
    part = added(ObjectKind.TABLE, "notes_1", within=("notes",))
    assert judged(CHECK, (part,), (0, now)) is Status.PASS


def test_a_domain_and_a_column_are_known_by_their_former_names() -> None:
    mark = other(DOMAIN, DOMAIN.message.replace("mark", "score"))
    assert judged(DOMAIN, (renamed(ObjectKind.TYPE, "", "mark", "score"),), (0, mark)) is Status.PASS
    term = other(EMPTY, EMPTY.message.replace('"word"', '"term"'))
    assert judged(EMPTY, (renamed(ObjectKind.COLUMN, "notes", "word", "term"),), (0, term)) is Status.PASS


@pytest.mark.parametrize("usual", [CHECK, CHILD, OVERLAP])
def test_a_constraint_that_is_made_anew_under_another_name_may_refuse_what_the_former_one_did(usual: SqlError) -> None:
    anew = (added(ObjectKind.CONSTRAINT, "notes.notes_d"),)
    now = other(usual, usual.message.replace("notes_c", "notes_d"))
    assert judged(usual, anew, (0, now)) is Status.PASS
    assert judged(usual, anew, (0, usual)) is Status.PASS  # both are there for a while


def test_a_constraint_that_is_made_anew_under_another_name_may_refuse_no_more() -> None:
    anew = (added(ObjectKind.CONSTRAINT, "notes.notes_d"),)
    now = other(CHECK, CHECK.message.replace("notes_c", "notes_d"))
    good = replace(now, detail="Failing row contains (2, good).")
    assert judged(CHECK, anew, (0, now), (1, good)) is Status.FAIL
    assert judged(CHECK, anew, (1, now)) is Status.FAIL
    assert judged(CHECK, anew, (0, good)) is Status.FAIL  # of several rows in one request another one
    assert judged(CHECK, anew, (0, CHECK), (0, now)) is Status.FAIL
    elsewhere = other(now, now.message.replace('"notes"', '"words"'))
    assert judged(CHECK, anew, (0, elsewhere)) is Status.FAIL


def test_what_varies_in_the_control_run_is_no_excuse_for_another_name() -> None:
    control = [sent(CONTROL, 1, (0, CHECK)), sent(CONTROL, 2), sent(CONTROL, 3, (0, CHECK))]
    anew = SchemaChanged(number=1, label=PLAN.labels[0], changes=(added(ObjectKind.CONSTRAINT, "notes.notes_d"),))
    now = other(CHECK, CHECK.message.replace("notes_c", "notes_d"))
    assert outcome_of(PLAN, WARM, *control, anew, sent(WARM, 4, (0, now))).status is Status.FAIL


def test_a_name_that_was_taken_since_is_what_it_was() -> None:
    """Two tables change places, and rows of the one that is written are refused as before."""
    places = (renamed(ObjectKind.TABLE, "", "notes", "notes_old"), renamed(ObjectKind.TABLE, "", "notes_new", "notes"))
    assert judged(CHECK, places, (0, CHECK)) is Status.PASS


def test_names_lead_back_through_several_steps() -> None:
    steps = [
        renamed(ObjectKind.CONSTRAINT, "notes", *pair) for pair in (("notes_c", "notes_d"), ("notes_d", "notes_e"))
    ]
    now = other(CHECK, CHECK.message.replace("notes_c", "notes_e"))
    assert Former.of(steps).name(now) == Former().name(CHECK)


def test_a_key_is_known_by_the_former_names_of_its_table_and_columns() -> None:
    key = other(CHECK, "duplicate key", sqlstate="23505", detail="Key (word, id)=(bad, 1) already exists.")
    now = replace(key, statement="INSERT INTO remarks (term) VALUES ($1)", detail="Key (term, id)=(bad, 1) already")
    former = Former.of(
        [renamed(ObjectKind.TABLE, "", "notes", "remarks"), renamed(ObjectKind.COLUMN, "notes", "word", "term")]
    )
    assert former.name(now) == Former().name(key) == former.name(key)


def test_what_an_application_raises_itself_is_left_as_it_is() -> None:
    raised = other(CHECK, 'no such table "remarks"', sqlstate="P0001")
    former = Former.of([renamed(ObjectKind.TABLE, "", "notes", "remarks")])
    assert former.name(raised) == Former().name(raised)
