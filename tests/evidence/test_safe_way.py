"""The safe way to make a change, in steps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.evidence.causes import find_cause
from harness.evidence.remedies import find_remedy
from harness.evidence.safe_way import plan_safe_way
from harness.model.observed import SqlError
from harness.model.schema import Deed, ObjectKind, SchemaChange


def change(deed: Deed, kind: ObjectKind, name: str = "customers.nickname") -> SchemaChange:
    return SchemaChange(
        deed=deed, kind=kind, name=name, text=f"{deed} {kind} {name}", names=("nickname",), owners=("customers",)
    )


#: What there can be under two names at once.
TWICE = (
    ObjectKind.TABLE,
    ObjectKind.COLUMN,
    ObjectKind.TYPE,
    ObjectKind.VIEW,
    ObjectKind.FUNCTION,
    ObjectKind.SEARCH,
)


@pytest.mark.parametrize(
    ("deed", "kind"), [*((Deed.DROPPED, kind) for kind in ObjectKind), *((Deed.RENAMED, kind) for kind in TWICE)]
)
def test_whatever_goes_away_goes_in_a_later_release(deed: Deed, kind: ObjectKind) -> None:
    steps = plan_safe_way(change(deed, kind))
    assert len(steps) >= 3
    assert f"{kind} customers.nickname" in steps[0]
    assert "Drop" in steps[-1]
    assert "release after" in steps[-1]


@pytest.mark.parametrize("kind", sorted(set(ObjectKind) - {ObjectKind.COLUMN}))
def test_a_trigger_keeps_nothing_but_columns_in_step(kind: ObjectKind) -> None:
    renamed = change(Deed.RENAMED, kind)
    assert not any("both ways" in step for step in plan_safe_way(renamed))
    remedy, _ = find_remedy(renamed, refused("42704"))
    assert "trigger" not in remedy.replace("trigger customers.nickname", "")


def test_a_type_keeps_its_name_or_gets_another_one_beside_it() -> None:
    remedy, steps = find_remedy(change(Deed.RENAMED, ObjectKind.TYPE, "mood"), refused("42704"))
    assert remedy.startswith("leave type mood its name, or add the new type beside it")
    assert steps[0] == "Make a type of the new name, and leave type mood as it is."


def test_a_value_stays_beside_the_new_one() -> None:
    remedy, steps = find_remedy(change(Deed.RENAMED, ObjectKind.LABEL, "mood.sad"), refused("22P02"))
    assert remedy.startswith("add the new value beside the old one")
    assert "PostgreSQL cannot drop one" in steps[-1]


@pytest.mark.parametrize("kind", [ObjectKind.COLUMN, ObjectKind.CONSTRAINT, ObjectKind.INDEX, ObjectKind.TRIGGER])
def test_what_is_added_is_tightened_in_a_later_release(kind: ObjectKind) -> None:
    assert "release after" in plan_safe_way(change(Deed.ADDED, kind))[-1]


NULLED = SqlError(
    replica="old-1",
    sqlstate="23502",
    message='null value in column "nickname" of relation "customers" violates not-null constraint',
)


@pytest.mark.parametrize(
    ("said", "remedy", "last"),
    [
        (
            "nullable -> NOT NULL",
            "always writes column customers.nickname, fill the rows",
            "SET NOT NULL in the release",
        ),
        ("default 'a, b'::text -> none", "writes column customers.nickname itself", "Drop the default in the release"),
        ("text -> integer", "add a column of the new form", "Drop the old column"),
        ("text -> integer, nullable -> NOT NULL", "add a column of the new form", "Drop the old column"),
        ("default 1 -> 2, generated no -> none", "add a column of the new form", "Drop the old column"),
    ],
)
def test_a_column_that_must_be_written_from_now_on_needs_no_column_beside_it(said: str, remedy: str, last: str) -> None:
    changed = replace(change(Deed.CHANGED, ObjectKind.COLUMN), text=f"column customers.nickname: {said}")
    cause = find_cause(NULLED, [changed])
    assert cause is not None
    assert remedy in cause.remedy
    assert last in cause.safe_way[-1]


def test_a_table_that_is_added_needs_no_steps() -> None:
    assert plan_safe_way(change(Deed.ADDED, ObjectKind.TABLE)) == ()


def refused(sqlstate: str) -> SqlError:
    message = 'column "nickname" of relation "customers" does not exist'
    return SqlError(replica="old-1", sqlstate=sqlstate, message=message)


def test_a_cause_has_its_safe_way() -> None:
    dropped = change(Deed.DROPPED, ObjectKind.COLUMN)
    cause = find_cause(refused("42703"), [dropped])
    assert cause is not None
    assert cause.safe_way == plan_safe_way(dropped)


def test_an_error_that_has_a_remedy_of_its_own_gets_no_general_steps() -> None:
    cause = find_cause(refused("0A000"), [change(Deed.DROPPED, ObjectKind.COLUMN)])
    assert cause is not None
    assert "SELECT *" in cause.remedy
    assert cause.safe_way == ()
