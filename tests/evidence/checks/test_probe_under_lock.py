"""Probes that wait for a locked table, and those that do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from evidence.builders import make_plan, rehearsed
from harness.evidence.checks.probe_under_lock import judge
from harness.evidence.timeline import Timeline
from harness.model.cell import ROLLOUT, Status
from harness.model.events import SchemaChanged
from harness.model.finding import Weight
from harness.model.locks import TrafficRan
from harness.model.probed import Answer, Probed
from harness.model.schema import Deed, ObjectKind, SchemaChange

if TYPE_CHECKING:
    from harness.model.events import Event
    from harness.model.finding import Judgement

PLAN = make_plan(1)
TOTAL = SchemaChange(
    deed=Deed.ADDED, kind=ObjectKind.COLUMN, name="orders.total", text="added column orders.total", names=("total",)
)
CHANGED = SchemaChanged(number=9, label=PLAN.labels[0], changes=(TOTAL,))
READY = Answer(kind="readiness", asked="GET /readyz", problem="")
LATE = "got no answer (TimeoutError)"


def judged(*events: Event) -> Judgement:
    return judge(Timeline(plan=PLAN, events=rehearsed(PLAN, CHANGED, *events), outcomes={}), ROLLOUT)


def probed(kind: str, *tables: str) -> Probed:
    answer = Answer(kind=kind, asked="GET /healthz", problem=LATE, waited_for=tables)
    return Probed(number=90, replica="old-1", answers=(answer, READY))


def test_liveness_that_waits_for_a_table_that_a_step_changes_gets_every_replica_killed() -> None:
    found = judged(probed("liveness", "orders"))
    assert found.status is Status.FAIL
    assert found.findings[0].headline == (
        f"liveness {LATE} while orders was locked: every replica is killed at once, and {PLAN.labels[0]} locks it"
    )


@pytest.mark.parametrize(("kind", "table"), [("liveness", "customers"), ("readiness", "orders")])
def test_what_waits_for_another_table_and_readiness_are_notes(kind: str, table: str) -> None:
    found = judged(probed(kind, table))
    assert (found.status, found.findings[0].weight) == (Status.PASS, Weight.NOTE)


def test_liveness_that_waits_for_nobody_knows_what_is_a_failure_too() -> None:
    assert judged(probed("liveness")).status is Status.FAIL


def test_probes_that_answer_pass() -> None:
    assert judged(Probed(number=90, replica="old-1", answers=(READY,))).findings == ()


def test_where_nobody_was_asked_nothing_is_known() -> None:
    assert judged(Probed(number=90, replica="", reason="no replica was there")).status is Status.UNTESTED
    assert judged(TrafficRan(number=90, label=ROLLOUT, reason="turned off")).reason == "turned off"
    assert judged().status is Status.SKIPPED
