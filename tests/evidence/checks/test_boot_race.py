"""New replicas that migrate beside one another: each step once, or not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from evidence.builders import make_plan, rehearsed
from harness.evidence.checks.boot_race import judge
from harness.evidence.timeline import Timeline
from harness.model.boots import Booted
from harness.model.cell import ROLLOUT, Status
from harness.model.schema import Deed, ObjectKind, SchemaChange

if TYPE_CHECKING:
    from harness.model.events import Event
    from harness.model.finding import Judgement

PLAN = make_plan(1, at_boot=True)
NAMES = ("new-together-1", "new-together-2")
BOTH = Booted(
    number=90,
    replicas=NAMES,
    cut=False,
    waited=NAMES,
    asked=(),
    has_liveness=False,
    ready=NAMES,
    failed=(),
    complete=True,
)
TWICE = SchemaChange(deed=Deed.ADDED, kind=ObjectKind.INDEX, name="i2", text="added index i2", names=("i2",))


def judged(*events: Event) -> Judgement:
    return judge(Timeline(plan=PLAN, events=rehearsed(PLAN, *events), outcomes={}), ROLLOUT)


def test_both_ready_on_what_one_alone_would_have_made_is_a_pass() -> None:
    assert judged(BOTH).status is Status.PASS
    assert judged(replace(BOTH, waited=NAMES[:1])).status is Status.PASS, "the other one found nothing to do"


def test_one_that_dies_over_the_others_step_is_told_with_the_code() -> None:
    died = replace(
        BOTH,
        ready=NAMES[:1],
        failed=((NAMES[1], "its boot command exited with status 1"),),
        sqlstates=("42701",),
        messages=('42701 column "total" of relation "orders" already exists',),
    )
    [finding] = judged(died).findings
    assert finding.headline == "1 of 2 new replicas that started at once did not become ready"
    assert finding.sqlstates == ("42701",)
    assert finding.details[0] == "new-together-2: its boot command exited with status 1"


def test_a_step_that_was_made_twice_is_told_by_what_it_left() -> None:
    found = judged(replace(BOTH, schema=(TWICE,), rows=("accounts",)))
    schema, rows = (finding.headline for finding in found.findings)
    assert schema.endswith("left another schema than one alone: index i2 is there too")
    assert rows.endswith("left other rows in accounts than one alone: a step was made more than once")
    assert found.status is Status.FAIL


def test_where_nobody_migrated_nothing_is_known() -> None:
    assert judged(replace(BOTH, waited=())).status is Status.UNTESTED
    assert judged(replace(BOTH, cut=True)).status is Status.SKIPPED
    assert judged().status is Status.SKIPPED
