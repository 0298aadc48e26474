"""Journeys that fail beside a migration: which of it is no chance, and what is told elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from evidence.builders import NO_COLUMN, ORDER, STOCK, at, failed_twice, make_plan, migration_failed, rehearsed
from harness.evidence.checks.failed_request import is_doubtful, judge
from harness.evidence.outcomes import judge_outcomes
from harness.evidence.timeline import Timeline
from harness.model.availability import Served
from harness.model.cell import ROLLOUT, Actor, Status
from harness.model.events import Asked
from harness.model.exchange import Met, TrafficFailure
from harness.model.finding import Weight
from harness.model.locks import LocksSeen, LockWait, Party, TrafficRan
from harness.model.rollout import Schedule, When

if TYPE_CHECKING:
    from harness.model.events import Event
    from harness.model.finding import Judgement

PLAN = make_plan(1, (ORDER, STOCK))
STEP = PLAN.labels[0]
FAILED = TrafficFailure(
    replica="old-traffic-1",
    journey=ORDER,
    line="POST /orders/17/lines",
    status=500,
    text="POST /orders/17/lines answered 500",
    where="test_shop.py:9",
    sqlstates=("55P03",),
    at=50.0,
    duration_s=0.1,
)
WRONG = replace(FAILED, status=200, source="assert count == 2", text="assert 1 == 2", sqlstates=(), silent=True)
SEEN = Met(before=20, beside=10, failed_beside=(FAILED, replace(FAILED, line="POST /orders/18/lines")))
RAN = TrafficRan(number=90, label=STEP, clients=4, requests=30, met=SEEN)
AGAIN = replace(RAN, number=95, again=True, met=replace(SEEN, before=70))


def timeline(*events: Event) -> Timeline:
    happened = rehearsed(PLAN, *events)
    return Timeline(plan=PLAN, events=happened, outcomes=judge_outcomes(PLAN, happened))


def judged(*events: Event, step: str = STEP) -> Judgement:
    return judge(timeline(*events), step)


def test_what_fails_beside_it_in_both_looks_and_at_no_other_time_fails_with_request_status_and_code() -> None:
    found = judged(RAN, AGAIN)
    [finding] = found.findings
    assert found.status is Status.FAIL
    assert finding.headline == f"{ORDER} fails while the migration runs: POST /orders/N/lines answered 500 (55P03)"
    assert finding.sqlstates == ("55P03",)
    assert finding.details[0] == ("old-traffic-1 was asked; 4 times in 2 looks, and never while nothing was run")


def test_where_the_journey_alone_complains_its_own_line_is_told() -> None:
    runs = [replace(ran, met=replace(ran.met, failed_beside=(WRONG, WRONG))) for ran in (RAN, AGAIN) if ran.met]
    [finding] = judged(*runs).findings
    assert finding.headline == f"{ORDER} fails while the migration runs: assert count == 2"
    assert finding.details[1] == "test_shop.py:9: assert 1 == 2"


def test_what_is_seen_once_is_a_note_and_worth_a_second_look() -> None:
    found = judged(RAN)
    assert (found.status, [finding.weight for finding in found.findings]) == (Status.PASS, [Weight.NOTE])
    assert is_doubtful(timeline(RAN), STEP)
    assert not is_doubtful(timeline(replace(RAN, met=replace(SEEN, failed_beside=()))), STEP)
    quiet = replace(AGAIN, met=Met(before=70, beside=10))
    assert judged(RAN, quiet).status is Status.PASS


def test_what_fails_at_other_times_too_is_none_of_the_migrations_doing() -> None:
    before = replace(AGAIN, met=replace(SEEN, failed_before=(WRONG,)))
    assert judged(RAN, before).findings == ()
    served = Served(number=80, state="old-1 serves", requests=40, failures=(FAILED,))
    assert judged(RAN, AGAIN, served).findings == ()


def test_what_journeys_count_while_replicas_are_replaced_is_no_sign() -> None:
    lost = replace(FAILED, status=None)
    served = Served(number=80, state="old-1 serves", requests=40, failures=(WRONG, lost))
    assert judged(RAN, AGAIN, served).status is Status.FAIL


def test_few_failures_among_few_requests_may_be_chance() -> None:
    few = [replace(ran, met=Met(before=5, beside=40, failed_beside=(FAILED,))) for ran in (RAN, AGAIN)]
    assert judged(*few).status is Status.PASS


def test_what_the_journey_alone_complains_of_may_come_of_the_number_of_rows() -> None:
    long = Met(before=70, beside=90, failed_beside=(WRONG,) * 8)
    assert judged(replace(RAN, met=long), replace(AGAIN, met=long)).status is Status.PASS
    enough = replace(long, before=90)
    assert judged(replace(RAN, met=long), replace(AGAIN, met=enough)).status is Status.FAIL


def test_a_deadlock_and_a_cached_plan_are_notes() -> None:
    for code in ("40P01", "0A000"):
        met = replace(SEEN, failed_beside=(replace(FAILED, sqlstates=(code,)),) * 2)
        found = judged(replace(RAN, met=met), replace(AGAIN, met=met))
        assert (found.status, [finding.sqlstates for finding in found.findings]) == (Status.PASS, [(code,)])


def test_what_the_walk_tells_is_not_told_twice() -> None:
    broken = failed_twice(at(PLAN, 1, Actor.OLD_WARM), sql=NO_COLUMN)
    assert judged(*broken, RAN, AGAIN).findings == ()
    other = failed_twice(at(PLAN, 1, Actor.OLD_WARM), STOCK, sql=NO_COLUMN)
    assert judged(*other, RAN, AGAIN).status is Status.FAIL


def test_an_answer_that_came_to_nothing_behind_a_long_wait_is_told_of_that() -> None:
    wait = LockWait(
        party=Party.REPLICA,
        who="old-traffic-1",
        statement="UPDATE orders",
        mode="ShareLock",
        on="a row of orders",
        waited_ms=900,
        granted=False,
        at=49.9,
    )
    seen = [LocksSeen(number=ran.number, label=STEP, again=ran.again, waits=(wait,)) for ran in (RAN, AGAIN)]
    assert judged(RAN, AGAIN, *seen).findings == ()
    short = [replace(one, waits=(replace(wait, waited_ms=100),)) for one in seen]
    assert judged(RAN, AGAIN, *short).status is Status.FAIL


def test_of_the_deploy_as_a_whole_it_is_told_once_in_its_own_step() -> None:
    whole = [replace(ran, label=ROLLOUT, number=ran.number + 1) for ran in (RAN, AGAIN)]
    found = judged(RAN, AGAIN, *whole, step=ROLLOUT)
    assert [finding.weight for finding in found.findings] == [Weight.NOTE]
    assert found.findings[0].headline.endswith(f"see {STEP}")
    assert not is_doubtful(timeline(RAN, whole[0]), ROLLOUT)
    assert judged(*whole, step=ROLLOUT).status is Status.FAIL


def test_where_nothing_was_sent_or_nothing_went_through_nothing_is_known() -> None:
    assert judged(replace(RAN, clients=0, reason="turned off", met=None)).status is Status.UNTESTED
    assert judged(replace(RAN, met=Met(before=0, beside=0))).status is Status.UNTESTED
    assert judged(RAN, migration_failed(None, number=90)).status is Status.SKIPPED
    assert judged(RAN, step=ROLLOUT).status is Status.SKIPPED
    apart = Asked(schedule=Schedule(when=When.AT_BOOT, apart=True), revisions=())
    assert judged(apart, RAN, AGAIN).status is Status.UNTESTED
    assert not is_doubtful(timeline(apart, RAN), STEP)
