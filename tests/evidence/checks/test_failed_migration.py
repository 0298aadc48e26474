"""Migrations that fail beside requests alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from evidence.builders import at, make_plan, migration_failed, rehearsed, stopped
from harness.evidence.checks import full_scan, lock_wait
from harness.evidence.checks.failed_migration import judge
from harness.evidence.timeline import Timeline
from harness.model.cell import ROLLOUT, Actor, Status
from harness.model.finding import Weight
from harness.model.locks import LocksSeen, TrafficRan
from harness.model.tracks import TrackBegunAgain

if TYPE_CHECKING:
    from harness.model.events import Event

PLAN = make_plan(1)
STEP = PLAN.labels[0]
RAN = TrafficRan(number=90, label=STEP, clients=4, requests=80)
SEEN = LocksSeen(number=90, label=STEP)
FAILED = migration_failed(None, number=90, error="InvalidTextRepresentation: fax", sqlstate="22P02")


def timeline(*events: Event) -> Timeline:
    return Timeline(plan=PLAN, events=rehearsed(PLAN, *events), outcomes={})


def test_one_that_fails_beside_requests_is_told_with_the_code() -> None:
    found = judge(timeline(RAN, SEEN, FAILED), STEP)
    assert found.status is Status.FAIL
    assert found.findings[0].sqlstates == ("22P02",)
    assert found.findings[0].headline.endswith("though it goes through alone: InvalidTextRepresentation: fax")


def test_a_deadlock_has_another_remedy_than_rows_that_do_not_fit() -> None:
    deadlock = replace(FAILED, error="DeadlockDetected: deadlock detected", sqlstate="40P01")
    fits, tied = (judge(timeline(RAN, SEEN, failed), STEP).findings[0].remedy for failed in (FAILED, deadlock))
    assert "code that writes what the new form takes" in fits
    assert "in the order of the requests" in tied


def test_a_deadlock_behind_which_it_went_through_is_a_note() -> None:
    again = TrackBegunAgain(track="live", number=90, first=80, reason="it failed", sqlstate="40P01")
    found = judge(timeline(again, again, RAN, SEEN), STEP)
    assert found.status is Status.PASS
    assert [(note.weight, note.sqlstates) for note in found.findings] == [(Weight.NOTE, ("40P01",))]
    assert "2 times" in found.findings[0].headline
    assert not judge(timeline(replace(again, number=85), RAN, SEEN), STEP).findings


def test_one_that_goes_through_passes_whatever_failed_elsewhere() -> None:
    assert judge(timeline(RAN, SEEN), STEP).status is Status.PASS
    assert judge(timeline(RAN, SEEN, replace(FAILED, number=12)), STEP).status is Status.PASS


def test_of_one_that_failed_no_check_says_that_it_locks_and_reads_nothing() -> None:
    happened = timeline(RAN, SEEN, FAILED, stopped("the migration failed in step 90"))
    for check in (full_scan, lock_wait):
        assert check.judge(happened, STEP).status is Status.SKIPPED


def test_where_nobody_sent_anything_nothing_is_known() -> None:
    assert judge(timeline(replace(RAN, clients=0, reason="turned off")), STEP).status is Status.UNTESTED
    assert judge(timeline(RAN), ROLLOUT).status is Status.SKIPPED
    off = judge(timeline(replace(RAN, clients=0, reason="turned off")), ROLLOUT)
    assert (off.status, off.reason) == (Status.UNTESTED, "turned off")


def test_one_that_fails_alone_too_is_told_where_the_old_release_serves() -> None:
    alone = migration_failed(at(PLAN, 1, Actor.OLD_WARM))
    for step in (STEP, ROLLOUT):
        ran = replace(RAN, label=step)
        assert judge(timeline(ran, FAILED, alone), step).status is Status.SKIPPED
