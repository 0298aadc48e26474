"""Finished rehearsals by hand, for the tests of checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evidence.builders import make_plan, rehearsed
from harness.evidence.outcomes import judge_outcomes
from harness.evidence.timeline import Timeline
from harness.model.events import SchemaChanged
from harness.model.schema import Deed, ObjectKind, SchemaChange

if TYPE_CHECKING:
    from harness.model.events import Event

PLAN = make_plan(2)
FIRST, SECOND = PLAN.labels
DROPPED = SchemaChange(
    deed=Deed.DROPPED,
    kind=ObjectKind.COLUMN,
    name="orders.note",
    text="dropped column orders.note",
    names=("orders", "note"),
    owners=("orders",),
)


def timeline(*events: Event, reduced: tuple[str, ...] = ()) -> Timeline:
    happened = rehearsed(PLAN, *events)
    return Timeline(plan=PLAN, events=happened, outcomes=judge_outcomes(PLAN, happened), reduced=reduced)


def dropped_at(label: str) -> SchemaChanged:
    return SchemaChanged(number=1, label=label, changes=(DROPPED,))
