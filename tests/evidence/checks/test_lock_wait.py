"""Requests that waited too long behind a migration, and those that waited for something else or not for long."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from evidence.builders import make_plan, rehearsed, stopped
from harness.evidence.checks.lock_wait import CHECK, judge
from harness.evidence.timeline import Limits, Timeline
from harness.model.cell import ROLLOUT, Status
from harness.model.finding import Weight
from harness.model.locks import Link, LocksSeen, LockWait, Party, TrafficRan

if TYPE_CHECKING:
    from harness.model.events import Event
    from harness.model.finding import Judgement

PLAN = make_plan(2)
STEP = PLAN.labels[0]
ALTER = "ALTER TABLE orders ADD COLUMN note text"
RAN = TrafficRan(number=90, label=STEP, clients=4, requests=80, lost=0, slowest_ms=1995.0)
HOLDER = Link(
    party=Party.MIGRATION,
    who="the migration",
    holds=True,
    statement=ALTER,
    mode="AccessExclusiveLock",
    on="orders",
    meanwhile=(("UPDATE orders SET note = ''", 1990.0),),
)
WAIT = LockWait(
    party=Party.REPLICA,
    who="old-traffic-1",
    statement="SELECT * FROM orders WHERE id = $1",
    mode="AccessShareLock",
    on="orders",
    waited_ms=1990.4,
    granted=True,
    request="GET /orders/17",
    chain=(HOLDER,),
)
LONG = Link(party=Party.REHEARSAL, who="a transaction held open by the rehearsal", holds=True, on="orders")
QUEUED = replace(
    WAIT,
    chain=(replace(HOLDER, holds=False, meanwhile=()), LONG),
)


def judged(*events: Event, step: str = STEP, budget_ms: float = 200.0, reduced: tuple[str, ...] = ()) -> Judgement:
    limits = Limits(lock_wait_ms=budget_ms)
    given = rehearsed(PLAN, *events)
    return judge(Timeline(plan=PLAN, events=given, outcomes={}, limits=limits, reduced=reduced), step)


def seen(*waits: LockWait, again: bool = False, label: str = STEP) -> LocksSeen:
    return LocksSeen(number=90, label=label, again=again, waits=waits)


def test_a_request_that_waits_longer_than_the_budget_fails_the_step() -> None:
    judgement = judged(RAN, seen(WAIT))
    assert judgement.status is Status.FAIL
    (finding,) = judgement.findings
    assert finding.weight is Weight.FAIL
    assert finding.headline == (
        f"requests waited up to 1990 ms (budget 200 ms) for what is held by {ALTER} (ACCESS EXCLUSIVE on orders)"
    )
    assert finding.details == (
        (
            "old-traffic-1 waited 1990 ms for ACCESS SHARE on orders, for GET /orders/17: "
            "SELECT * FROM orders WHERE id = $1"
        ),
        (
            "behind the migration, which held ACCESS EXCLUSIVE on orders: ALTER TABLE orders ADD COLUMN note text; "
            "in the same transaction ran UPDATE orders SET note = '' (1990 ms)"
        ),
        "traffic: 4 clients, 80 requests, 0 without a response; the slowest took 1995 ms",
    )
    assert "transaction_per_migration" in finding.remedy


def test_the_head_of_the_queue_is_named() -> None:
    (finding,) = judged(RAN, seen(QUEUED)).findings
    assert finding.headline.endswith(
        f"for what is queued for by {ALTER} (ACCESS EXCLUSIVE on orders), itself behind a transaction held open by the "
        "rehearsal (long_transaction_s)"
    )
    assert finding.details[-2] == (
        "behind a transaction held open by the rehearsal (long_transaction_s), which held orders"
    )
    assert "lock_timeout" in finding.remedy


def test_a_wait_for_a_row_asks_for_batches() -> None:
    wait = replace(WAIT, on="a row of orders", chain=(replace(HOLDER, on="a row of orders", mode="", meanwhile=()),))
    (finding,) = judged(RAN, seen(wait)).findings
    assert "batches" in finding.remedy


def test_waits_behind_one_statement_are_one_finding_whatever_their_number() -> None:
    waits = [replace(WAIT, waited_ms=300.0 + n, who=f"old-traffic-{n}") for n in range(5)]
    other = replace(WAIT, chain=(replace(HOLDER, statement="DROP TABLE notes"),))
    judgement = judged(RAN, seen(*waits, other))
    assert len(judgement.findings) == 2
    assert "and 2 more that waited too long" in judgement.findings[1].details


@pytest.mark.parametrize(
    "waits",
    [
        (),
        (replace(WAIT, waited_ms=200.0),),
        (replace(WAIT, party=Party.MIGRATION, who="the migration", chain=(LONG,)),),
        (replace(WAIT, party=Party.REHEARSAL),),
    ],
    ids=["nobody", "within the budget", "the migration itself", "the rehearsal itself"],
)
def test_nothing_else_is_a_finding(waits: tuple[LockWait, ...]) -> None:
    judgement = judged(RAN, seen(*waits))
    assert (judgement.status, judgement.findings) == (Status.PASS, ())


def test_the_budget_alone_decides() -> None:
    assert judged(RAN, seen(WAIT), budget_ms=1990.4).status is Status.PASS
    assert judged(RAN, seen(WAIT), budget_ms=1990.3).status is Status.FAIL


def test_what_the_second_look_does_not_show_was_the_machine() -> None:
    first = seen(WAIT, replace(WAIT, chain=(replace(HOLDER, statement="DROP TABLE notes"),)))
    judgement = judged(RAN, first, seen(replace(WAIT, waited_ms=700.0), again=True))
    (finding,) = judgement.findings
    assert ALTER in finding.headline
    assert finding.details[-1] == "the second look shows it too: up to 700 ms"
    assert judged(RAN, first, seen(replace(WAIT, waited_ms=20.0), again=True)).status is Status.PASS
    assert judged(RAN, seen(), seen(WAIT, again=True)).status is Status.PASS


def test_each_step_and_the_whole_are_judged_by_their_own_looks() -> None:
    events = (RAN, seen(), replace(RAN, label=ROLLOUT), seen(WAIT, label=ROLLOUT))
    assert judged(*events).status is Status.PASS
    assert judged(*events, step=ROLLOUT).status is Status.FAIL
    assert (CHECK.each_step, CHECK.rollout, CHECK.old_alone) == (True, True, False)


def test_tries_that_gave_up_a_lock_are_told() -> None:
    (finding,) = judged(replace(RAN, refused_after_ms=(401.2,), held_s=2.0), seen(QUEUED)).findings
    assert "the migration gave up its lock after 401 ms (lock_timeout), and was run again" in finding.details


def test_without_traffic_nothing_is_known() -> None:
    off = TrafficRan(number=90, label=STEP, reason="background traffic is turned off ([traffic] clients = 0)")
    for step in (STEP, ROLLOUT):
        judgement = judged(off, seen(), step=step)
        assert (judgement.status, judgement.reason) == (Status.UNTESTED, off.reason)
    silent = judged(replace(RAN, requests=0), seen())
    assert (silent.status, silent.reason) == (Status.UNTESTED, "no request was sent while the migration ran")


def test_what_was_not_reached_or_cannot_be_seen_is_skipped_with_its_reason() -> None:
    reason = "the migration 0001_first failed in step 9"
    judgement = judged(stopped(reason, track="traffic"))
    assert (judgement.status, judgement.reason) == (Status.SKIPPED, reason)
    judgement = judged(RAN, reduced=("no server log",))
    assert (judgement.status, judgement.reason) == (Status.SKIPPED, "no server log")
