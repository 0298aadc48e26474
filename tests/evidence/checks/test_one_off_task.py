"""One-off tasks: those that may be run again and cut off anywhere, and those that may not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from evidence.builders import ORDER, make_plan, rehearsed, stopped
from harness.evidence.checks.one_off_task import judge
from harness.evidence.timeline import Timeline
from harness.model.cell import ROLLOUT, Status
from harness.model.events import Asked
from harness.model.exchange import Met, TrafficFailure
from harness.model.finding import Weight
from harness.model.locks import LockWait, Party
from harness.model.rollout import Schedule, When
from harness.model.task import Repeat, TaskRan, TaskTried
from harness.model.torn import Unserved

if TYPE_CHECKING:
    from harness.model.events import Event
    from harness.model.finding import Judgement

PLAN = make_plan(1)
ASKED = Asked(schedule=Schedule(when=When.BEFORE), revisions=(), tasks=("fill",))
GOOD = TaskTried(
    number=90,
    task="fill",
    point="behind 0001_first",
    alone_s=0.1,
    beside_s=0.1,
    written=(("orders", 3),),
    statements=2,
    twice=Repeat(),
    torn=(Repeat(statement="UPDATE orders SET a = 1", kept=False), Repeat(statement="UPDATE orders SET b = 1")),
)


def judged(*events: Event) -> Judgement:
    return judge(Timeline(plan=PLAN, events=rehearsed(PLAN, ASKED, *events), outcomes={}), ROLLOUT)


def test_what_may_be_run_again_and_cut_off_anywhere_passes() -> None:
    assert judged(GOOD) == judged(GOOD)
    assert judged(GOOD).status is Status.PASS


def test_what_writes_nothing_was_not_tested() -> None:
    found = judged(replace(GOOD, written=(), torn=()))
    assert (found.status, found.reason) == (
        Status.UNTESTED,
        "fill wrote nothing: the journeys and the seed leave nothing for it to do",
    )


def test_what_nobody_served_beside_or_what_was_never_cut_off_is_no_pass() -> None:
    for blind in (replace(GOOD, beside_s=None), replace(GOOD, torn=())):
        found = judged(blind)
        assert (found.status, found.reason) == (
            Status.UNTESTED,
            "fill was never cut off in what it wrote, or nobody served beside it",
        )


def test_what_was_never_reached_was_not_tested_either() -> None:
    found = judged(stopped("lane"))
    assert found.status is Status.UNTESTED
    assert found.reason.startswith("fill was never tried: ")


def test_other_rows_are_told_once_with_how_often_they_were_seen() -> None:
    bad = Repeat(statement="UPDATE orders SET total = total * 2", rows=("orders",))
    [finding] = judged(replace(GOOD, twice=Repeat(rows=("orders",)), torn=(bad, bad))).findings
    assert finding.headline == "run twice, fill leaves other rows in orders than run once"
    assert finding.details == ("the same where it is killed at one of 2 statements and run again",)
    assert "what is still to be done" in finding.remedy


def test_what_is_broken_only_where_it_was_killed_names_the_statement() -> None:
    bad = Repeat(statement="INSERT INTO done VALUES (1)", error="it ended with status 1", output=("duplicate key",))
    [finding] = judged(replace(GOOD, torn=(bad,))).findings
    assert finding.headline == (
        "killed at INSERT INTO done VALUES (1) and run again, fill fails: it ended with status 1"
    )
    assert finding.details == ("it printed: duplicate key",)


def test_a_journey_that_fails_behind_it_fails_with_its_code() -> None:
    broken = Unserved(
        journey=ORDER, reason="GET /orders/1 answered 500", sqlstates=("23514",), replica="old-beside-fill"
    )
    [finding] = judged(replace(GOOD, unserved=(broken,))).findings
    assert finding.headline == f"fill is run, and {ORDER} fails through old-beside-fill: GET /orders/1 answered 500"
    assert finding.sqlstates == ("23514",)


def test_requests_that_wait_longer_than_the_budget_fail_and_the_tasks_own_waits_do_not() -> None:
    wait = LockWait(
        party=Party.REPLICA,
        who="old-beside-fill",
        statement="UPDATE orders SET a = 2",
        mode="ShareLock",
        on="a row of orders",
        waited_ms=900,
        granted=True,
    )
    [finding] = judged(replace(GOOD, waits=(wait,))).findings
    assert finding.headline.startswith("requests waited up to 900 ms (budget 200 ms) for SHARE on a row of orders")
    assert judged(replace(GOOD, waits=(replace(wait, waited_ms=100),))).status is Status.PASS
    assert judged(replace(GOOD, waits=(replace(wait, party=Party.MIGRATION),))).status is Status.PASS


def test_lost_requests_are_a_note() -> None:
    found = judged(replace(GOOD, requests=20, lost=1))
    assert found.status is Status.PASS
    assert [finding.weight for finding in found.findings] == [Weight.NOTE]


def test_a_task_that_fails_where_the_deploy_runs_it_is_told_once_with_what_it_printed() -> None:
    ran = TaskRan(
        number=20, task="fill", database="live", duration_s=1.0, error="it ended with status 2", output=("no",)
    )
    found = judged(ran, replace(ran, number=40), stopped("live"))
    [finding] = found.findings
    assert (found.status, finding.headline) == (Status.FAIL, "fill fails: it ended with status 2")
    assert finding.details == ("it printed: no",)


def test_what_fails_beside_it_in_both_looks_fails_and_in_one_is_a_note() -> None:
    failure = TrafficFailure(
        replica="old-1", journey=ORDER, line="POST /orders/7", status=500, text="answered 500", sqlstates=("23503",)
    )
    first = Met(before=20, beside=10, failed_beside=(failure, failure))
    found = judged(replace(GOOD, met=(first, replace(first, before=80))))
    assert found.status is Status.FAIL
    assert [finding.headline for finding in found.findings] == [
        f"{ORDER} fails while fill runs: POST /orders/N answered 500 (23503)"
    ]
    once = judged(replace(GOOD, met=(first, Met(before=80, beside=10))))
    assert (once.status, [finding.weight for finding in once.findings]) == (Status.PASS, [Weight.NOTE])
    usual = judged(replace(GOOD, met=(first, replace(first, failed_before=(failure,)))))
    assert (usual.status, usual.findings) == (Status.PASS, ())


def test_a_journey_that_fails_behind_it_too_is_told_once() -> None:
    failure = TrafficFailure(replica="old-1", journey=ORDER, line="POST /orders/7", status=500, text="answered 500")
    met = Met(before=80, beside=10, failed_beside=(failure, failure))
    broken = Unserved(journey=ORDER, reason="POST /orders/7 answered 500", replica="old-1")
    assert len(judged(replace(GOOD, met=(met, met), unserved=(broken,))).findings) == 1
