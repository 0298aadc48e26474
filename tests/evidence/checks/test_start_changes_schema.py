"""A release that changes the schema by being started."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evidence.builders import at, not_ready, ready
from evidence.checks.timelines import DROPPED, FIRST, PLAN, SECOND, timeline
from harness.evidence.checks.start_changes_schema import judge
from harness.model.cell import ROLLOUT, Actor, Status

START = replace(ready(at(PLAN, 1, Actor.OLD_COLD)), changed=(DROPPED,), moved=None)


def test_a_start_that_changes_the_schema_is_told_with_the_difference() -> None:
    found = judge(timeline(START), FIRST)
    assert found.status is Status.FAIL
    [finding] = found.findings
    assert finding.headline.endswith("beside all migrations: dropped column orders.note")
    assert "0001_first-old-cold" in finding.headline


def test_a_start_that_moves_the_version_table_too_is_a_migration() -> None:
    assert judge(timeline(replace(START, moved=(("0001",), ("0002",)))), FIRST).status is Status.PASS


def test_a_start_that_changes_nothing_is_fine() -> None:
    assert judge(timeline(replace(START, changed=())), FIRST).status is Status.PASS


@pytest.mark.parametrize("step", [SECOND, ROLLOUT])
def test_where_nobody_was_started_nothing_is_known(step: str) -> None:
    assert judge(timeline(START), step).status is Status.SKIPPED


def test_where_the_one_that_was_started_never_became_ready_the_rehearsal_did_not_end() -> None:
    failed = not_ready(at(PLAN, 1, Actor.OLD_COLD))
    judged = judge(timeline(failed), FIRST)
    assert (judged.status, judged.reason) == (Status.SKIPPED, "the replica that was started there never became ready")
