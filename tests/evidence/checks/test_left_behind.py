"""What a step leaves half done, and what a later step of the same release mends."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest

from evidence.builders import make_plan, rehearsed
from harness.evidence.checks.left_behind import judge
from harness.evidence.timeline import Timeline
from harness.model.cell import Actor, Cell, Status
from harness.model.events import MigrationFailed, SchemaChanged
from harness.model.finding import Judgement, Weight
from harness.model.schema import ObjectKind, SchemaChange, SchemaObject, compare_schemas

PLAN = make_plan(2)


def thing(kind: ObjectKind, name: str, owner: str = "orders", **attributes: str) -> SchemaObject:
    return SchemaObject(kind=kind, identity=f"{owner}.{name}", name=name, owner=owner, attributes=attributes)


ORDERS = SchemaObject(kind=ObjectKind.TABLE, identity="1", name="orders", attributes={"storage": "1"})
INVALID = thing(ObjectKind.INDEX, "ix", definition="CREATE INDEX ix", valid="false")
VALID = thing(ObjectKind.INDEX, "ix", definition="CREATE INDEX ix", valid="true")
UNCHECKED = thing(ObjectKind.CONSTRAINT, "ck", definition="CHECK (a > 0) NOT VALID", validated="false")
CHECKED = thing(ObjectKind.CONSTRAINT, "ck", definition="CHECK (a > 0)", validated="true")
UNENFORCED = thing(ObjectKind.CONSTRAINT, "ck", definition="CHECK (a > 0)", validated="false", enforced="no")
FILLED = thing(ObjectKind.CONSTRAINT, "nn", definition="NOT NULL a", validated="true")
UNFILLED = thing(ObjectKind.CONSTRAINT, "nn", definition="NOT NULL a NOT VALID", validated="false")
TRIGGER = thing(ObjectKind.TRIGGER, "keep", definition="CREATE TRIGGER keep", enabled="yes")
FUNCTION = thing(ObjectKind.FUNCTION, "keep_in_step", owner="", arguments="", body="...")


def judged(*schemas: tuple[SchemaObject, ...], step: int = 1) -> Judgement:
    """Schemas before the first step, behind it, and behind the second."""
    changes: list[tuple[SchemaChange, ...]] = [compare_schemas(a, b) for a, b in itertools.pairwise(schemas)]
    events: list[Any] = [
        SchemaChanged(number=50, label=label, changes=change)
        for label, change in zip(PLAN.labels, changes, strict=False)
    ]
    timeline = Timeline(plan=PLAN, events=rehearsed(PLAN, *events), outcomes={})
    return judge(timeline, PLAN.labels[step - 1])


@pytest.mark.parametrize(
    ("left", "status", "weight", "words"),
    [
        ((INVALID,), Status.FAIL, Weight.FAIL, "leaves the index orders.ix INVALID"),
        ((UNCHECKED,), Status.PASS, Weight.NOTE, "leaves the constraint orders.ck NOT VALID"),
        ((UNENFORCED,), Status.PASS, Weight.NOTE, "leaves the constraint orders.ck NOT ENFORCED: no row is checked"),
        ((UNFILLED,), Status.PASS, Weight.NOTE, "leaves the constraint orders.nn NOT VALID"),
        ((TRIGGER, FUNCTION), Status.PASS, Weight.NOTE, "leaves function keep_in_step, trigger orders.keep behind"),
    ],
)
def test_what_is_left_is_told_at_the_step_that_left_it(
    left: tuple[SchemaObject, ...], status: Status, weight: Weight, words: str
) -> None:
    behind = (ORDERS, *left)
    judgement = judged((ORDERS,), behind, behind)
    (finding,) = judgement.findings
    assert (judgement.status, finding.weight) == (status, weight)
    assert words in finding.headline
    assert judged((ORDERS,), behind, behind, step=2).findings == ()
    assert judged((ORDERS,), (ORDERS,), behind, step=2).findings != ()


@pytest.mark.parametrize(("left", "status"), [((INVALID,), Status.FAIL), ((VALID,), Status.PASS), ((), Status.SKIPPED)])
def test_what_a_failed_migration_had_committed_is_told(left: tuple[SchemaObject, ...], status: Status) -> None:
    failed = MigrationFailed(
        database="live",
        revision="0001",
        number=50,
        cell=Cell(PLAN.labels[0], Actor.OLD_WARM),
        error="UniqueViolation: no",
        left=compare_schemas((ORDERS,), (ORDERS, *left)),
    )
    judgement = judge(Timeline(plan=PLAN, events=rehearsed(PLAN, failed), outcomes={}), PLAN.labels[0])
    assert judgement.status is status
    stays = [finding.headline for finding in judgement.findings if "stays: added index orders.ix" in finding.headline]
    assert len(stays) == len(left)


@pytest.mark.parametrize(
    ("left", "mended"),
    [
        ((INVALID,), (VALID,)),
        ((INVALID,), ()),
        ((UNCHECKED,), (CHECKED,)),
        ((UNENFORCED,), (CHECKED,)),
        ((UNFILLED,), (FILLED,)),
        ((UNCHECKED,), ()),
        ((TRIGGER, FUNCTION), ()),
    ],
)
def test_what_a_later_step_mends_or_removes_is_not_told(
    left: tuple[SchemaObject, ...], mended: tuple[SchemaObject, ...]
) -> None:
    assert judged((ORDERS,), (ORDERS, *left), (ORDERS, *mended)).findings == ()


@pytest.mark.parametrize("left", [INVALID, UNCHECKED, TRIGGER])
def test_what_goes_with_its_table_is_not_told(left: SchemaObject) -> None:
    assert judged((ORDERS,), (ORDERS, left), ()).findings == ()


def test_what_is_whole_or_was_there_before_is_not_told() -> None:
    assert judged((ORDERS,), (ORDERS, VALID, CHECKED)).findings == ()
    old = (ORDERS, INVALID, UNCHECKED, TRIGGER, FUNCTION)
    assert judged(old, old, old).findings == ()


def test_an_index_that_a_step_makes_invalid_is_told() -> None:
    assert judged((ORDERS, VALID), (ORDERS, INVALID)).status is Status.FAIL


def test_a_trigger_that_is_made_anew_is_not_told_where_the_old_release_has_one_of_that_name() -> None:
    anew = replace(TRIGGER, identity="2")
    assert judged((ORDERS, TRIGGER), (ORDERS, anew)).findings == ()
    assert judged((ORDERS, TRIGGER), (ORDERS,), (ORDERS, anew), step=2).findings == (), "it went a step before"
    away = (ORDERS, replace(TRIGGER, name="kept"), anew)
    assert judged((ORDERS, TRIGGER), away).findings == (), "it has another name now"
    steps = (ORDERS,), (ORDERS, TRIGGER), (ORDERS, anew)
    assert judged(*steps).findings == ()
    [finding] = judged(*steps, step=2).findings
    assert "leaves trigger orders.keep behind" in finding.headline


def test_a_constraint_that_a_step_checks_no_more_is_told() -> None:
    for was in (CHECKED, UNCHECKED):
        [finding] = judged((ORDERS, was), (ORDERS, UNENFORCED)).findings
        assert "NOT ENFORCED" in finding.headline
        assert "VALIDATE CONSTRAINT in a later step" in finding.remedy


def test_a_step_that_was_not_reached_is_skipped() -> None:
    assert judged((ORDERS,), (ORDERS,), step=2).status is Status.SKIPPED
