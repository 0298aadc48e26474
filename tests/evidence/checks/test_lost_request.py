"""Requests that got no response while replicas were replaced, and those that got one in the last moment."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from evidence.builders import ORDER, make_plan, rehearsed
from harness.evidence.checks.lost_request import CHECK, judge
from harness.evidence.timeline import Timeline
from harness.model.availability import Held, Retired, Served
from harness.model.cell import ROLLOUT, Status
from harness.model.exchange import TrafficFailure, TrafficRequest
from harness.model.finding import Weight
from harness.model.locks import TrafficRan
from harness.model.rollout import Drain
from harness.model.settings import Load

if TYPE_CHECKING:
    from harness.model.events import Event
    from harness.model.finding import Judgement

PLAN = make_plan(1)
BOTH = Served(number=100, state="old-1, new-1 serve", requests=40, duration_s=0.6)
ALONE = replace(BOTH, number=102, state="new-1 serves")
RETIRED = Retired(number=101, replica="old-1", drain=Drain.BEFORE, held=Held(line="POST /orders", status=201))
AFTER = replace(RETIRED, drain=Drain.AFTER, sent_after=5)


def judged(*events: Event) -> Judgement:
    return judge(Timeline(plan=PLAN, events=rehearsed(PLAN, *events), outcomes={}), ROLLOUT)


def test_a_request_that_was_under_way_and_got_no_response_is_lost() -> None:
    found = judged(BOTH, replace(RETIRED, held=Held(line="POST /orders", status=None)), ALONE)
    assert found.status is Status.FAIL
    assert found.findings[0].headline == "old-1 dropped the request that was under way when told to stop"
    assert "POST /orders" in found.findings[0].details[0]


def test_one_that_was_answered_in_the_last_moment_is_not_and_neither_is_one_that_was_answered_with_an_error() -> None:
    assert judged(BOTH, RETIRED, ALONE).status is Status.PASS
    assert judged(replace(BOTH, errors=40), replace(RETIRED, held=Held(line="POST /orders", status=500))).findings == ()


def test_requests_that_come_after_the_signal_are_lost_where_nobody_listens_any_more() -> None:
    found = judged(BOTH, replace(AFTER, lost_after=4), replace(ALONE, lost=4))
    [finding] = found.findings
    assert finding.headline.startswith("old-1 lost requests that it got before the load balancer knew")
    assert finding.details == ("4 of 5 of them got no response",)
    assert judged(BOTH, AFTER, ALONE).status is Status.PASS


def test_what_is_lost_while_nobody_stops_is_told_of_its_state() -> None:
    [finding] = judged(replace(BOTH, lost=3), RETIRED, ALONE).findings
    assert finding.headline == "3 of 40 requests got no response while old-1, new-1 serve"


def test_requests_that_are_lost_are_named_those_that_are_alike_once() -> None:
    def ask(line: str, status: int | None) -> TrafficRequest:
        return TrafficRequest(replica="old-1", line=line, status=status, at=0.0, duration_s=0.1)

    paths = [*["/a"] * 3, *["/b"] * 2, "/c", "/d"]
    sent = (*(ask(f"GET {path}", None) for path in paths), ask("GET /a", 200))
    [finding] = judged(replace(BOTH, lost=7, sent=sent), RETIRED, ALONE).findings
    assert finding.details[1:] == (
        "old-1: GET /a, 3 of 4 without a response",
        "old-1: GET /b, 2 of 2 without a response",
        "old-1: GET /c, 1 of 1 without a response",
        "and 1 more",
    )


def test_what_a_stopping_replica_lost_is_not_told_a_second_time_of_the_state() -> None:
    found = judged(BOTH, replace(AFTER, lost_after=4), replace(ALONE, lost=5))
    assert [finding.headline[:6] for finding in found.findings] == ["old-1 ", "1 of 4"]


def test_downtime_is_told_and_fails_nothing() -> None:
    down = Served(number=101, state="nobody serves", requests=0, unserved=12, duration_s=1.54)
    found = judged(BOTH, RETIRED, down, ALONE)
    [finding] = found.findings
    assert (found.status, finding.weight) == (Status.PASS, Weight.NOTE)
    assert finding.headline == "downtime: nobody served for 1.5 s, and 12 requests found no replica"


def test_where_no_journey_sends_a_body_it_is_said_that_nothing_was_under_way() -> None:
    found = judged(BOTH, replace(RETIRED, held=None), ALONE)
    assert (found.status, found.findings[0].weight) == (Status.PASS, Weight.NOTE)


def test_without_traffic_nothing_is_known() -> None:
    off = TrafficRan(number=90, label=ROLLOUT, reason="background traffic is turned off")
    assert judged(off).status is Status.UNTESTED
    assert judged(replace(BOTH, requests=0)).status is Status.UNTESTED
    assert judged().status is Status.SKIPPED


def test_traffic_that_the_plan_does_not_have_is_turned_off() -> None:
    silent = Timeline(plan=make_plan(0, load=Load(clients=0)), events=(), outcomes={})
    assert judge(silent, ROLLOUT).reason == "background traffic is turned off ([traffic] clients = 0)"


def test_it_asks_once_of_the_deploy_as_a_whole() -> None:
    assert (CHECK.each_step, CHECK.rollout) == (False, True)


def test_an_answer_with_an_error_that_did_not_come_before_is_a_note_with_its_code() -> None:
    failure = TrafficFailure(
        replica="new-1", journey=ORDER, line="POST /orders/7", status=500, text="answered 500", sqlstates=("40P01",)
    )
    before = replace(BOTH, number=90, state="old-1 serves")
    found = judged(before, replace(BOTH, failures=(failure, failure)), RETIRED, ALONE)
    [finding] = found.findings
    assert (found.status, finding.weight, finding.sqlstates) == (Status.PASS, Weight.NOTE, ("40P01",))
    assert finding.headline == "POST /orders/N answered 500 (40P01) while replicas were replaced"
    assert finding.details == (f"2 times, in {ORDER}, while old-1, new-1 serve; never while old-1 serves",)


def test_what_came_before_what_drains_and_what_journeys_count_is_no_news() -> None:
    failure = TrafficFailure(replica="new-1", journey=ORDER, line="POST /orders/7", status=500, text="answered 500")
    before = replace(BOTH, number=90, state="old-1 serves")
    assert judged(replace(before, failures=(failure,)), replace(BOTH, failures=(failure,))).findings == ()
    for other in (replace(failure, status=503), replace(failure, status=200, silent=True)):
        assert judged(before, replace(BOTH, failures=(other,))).findings == ()
