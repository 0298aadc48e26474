"""Which keys a sequence gives once more, and which somebody chose."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.evidence.causes import explain_rest, find_cause
from harness.evidence.numbering import SET_NUMBERS, find_lag
from harness.model.observed import SqlError
from harness.model.schema import Deed, ObjectKind, SchemaChange


def refused(
    statement: str, detail: str = "Key (id)=(31) already exists.", constraint: str = "tickets_pkey"
) -> SqlError:
    message = f'duplicate key value violates unique constraint "{constraint}"'
    return SqlError(replica="old-1", sqlstate="23505", message=message, detail=detail, statement=statement)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO tickets (title) VALUES ($1) RETURNING id",
        'insert into desk."tickets" as t ("title", "state") VALUES ($1::VARCHAR, $2)',
        "INSERT INTO tickets DEFAULT VALUES",
        "INSERT INTO tickets (id, title) VALUES (nextval('tickets_id_seq'), $1)",
        "WITH new AS (INSERT INTO tickets (title) SELECT title FROM drafts RETURNING id) SELECT id FROM new",
    ],
)
def test_a_number_that_no_statement_gives_is_a_sequences(statement: str) -> None:
    lag = find_lag(refused(statement))
    assert lag == "the sequence that numbers id (constraint tickets_pkey) is behind the rows that are there"
    assert explain_rest(refused(statement), "it is the data").remedy == SET_NUMBERS


@pytest.mark.parametrize(
    "error",
    [
        refused('INSERT INTO tickets ("id", title) VALUES ($1, $2)'),
        refused("INSERT INTO tickets VALUES ($1, $2)"),
        refused("INSERT INTO tickets (title) VALUES ($1)", "Key (title)=(printer) already exists."),
        refused("INSERT INTO tickets (title) VALUES ($1)", "Key (board, number)=(1, 2) already exists."),
        refused("UPDATE tickets SET title = $1"),
        SqlError(replica="old-1", sqlstate="23503", message="", statement="INSERT INTO tickets (title) VALUES ($1)"),
    ],
)
def test_a_key_that_is_given_is_nobodys_but_the_statements(error: SqlError) -> None:
    assert find_lag(error) == ""
    assert (
        explain_rest(error, "it is the data").text == "no change by itself explains what was refused (it is the data)"
    )


def test_rows_that_a_step_wrote_with_numbers_of_its_own_are_told_with_what_helps_against_that() -> None:
    found = find_cause(refused("INSERT INTO tickets (title) VALUES ($1)"), [], [("tickets", 3)])
    assert found is not None
    assert (found.text, found.remedy) == ("wrote 3 rows of tickets", SET_NUMBERS)


def changed(kind: ObjectKind, name: str, text: str) -> SchemaChange:
    names = tuple(name.split("."))
    owners = names[:-1]
    return SchemaChange(
        deed=Deed.CHANGED, kind=kind, name=name, text=text, names=names, owners=owners, touched_by=("tickets",)
    )


ANEW = changed(ObjectKind.TABLE, "tickets", "made table tickets anew")
NUMBERED = changed(ObjectKind.COLUMN, "tickets.id", "column tickets.id: identity none -> by default")
KEY = replace(
    changed(ObjectKind.CONSTRAINT, "tickets.tickets_pkey", "added constraint tickets.tickets_pkey"), deed=Deed.ADDED
)


@pytest.mark.parametrize("changes", [(ANEW, NUMBERED, KEY), (KEY, NUMBERED, ANEW)])
def test_the_column_whose_numbers_begin_again_is_the_cause_and_not_the_key(changes: tuple[SchemaChange, ...]) -> None:
    error = refused("INSERT INTO tickets (title) VALUES ($1) RETURNING id")
    found = find_cause(error, changes)
    assert found is not None
    assert found.text == NUMBERED.text
    assert found.remedy.startswith("set the new sequence behind the highest number that is there")
    found = find_cause(error, [change for change in changes if change is not NUMBERED])
    assert found is not None
    assert (found.text, found.remedy) == (ANEW.text, SET_NUMBERS)
    given = find_cause(refused("INSERT INTO tickets (id, title) VALUES ($1, $2)"), changes)
    assert given is not None
    assert given.text == KEY.text, "that number is no sequence's"


def test_a_table_that_is_made_anew_explains_less_than_what_is_otherwise_in_it() -> None:
    default = changed(ObjectKind.COLUMN, "tickets.id", "column tickets.id: default nextval('s') -> none")
    message = 'null value in column "id" of relation "tickets" violates not-null constraint'
    statement = "INSERT INTO tickets (title) VALUES ($1) RETURNING id"
    error = SqlError(replica="old-1", sqlstate="23502", message=message, statement=statement)
    found = find_cause(error, [ANEW, default])
    assert found is not None
    assert found.text == default.text
