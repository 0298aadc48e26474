"""Shards of one plan are judged as the whole would have been; shards of different plans are refused."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from evidence.builders import NO_COLUMN, ORDER, STOCK, at, failed_twice, make_plan, recovered, rehearsed
from hypothesis import given, settings
from plan.subjects import JOURNEYS, SUBJECTS, make_revisions, make_subject, plan_rehearsal

from harness.errors import ScenarioError
from harness.evidence.expectations import Result
from harness.model.availability import Served
from harness.model.cell import ROLLOUT, Actor, Cell, Status, Verdict
from harness.model.events import Asked, Attempted, Ended, SchemaChanged, Started
from harness.model.locks import Link, LocksSeen, LockWait, Party, TrafficRan
from harness.model.observed import Sent
from harness.model.release import ReleaseName
from harness.model.rollout import Schedule
from harness.model.schema import Deed, ObjectKind, SchemaChange
from harness.model.settings import Expected
from harness.model.waiver import Waiver, Waivers
from harness.plan.codec import digest
from harness.plan.frame import frame_of
from harness.plan.steps import Step
from harness.report.html import render_html
from harness.report.judging import judge_run
from harness.report.merging import Merged, Shard, merge_shards
from harness.report.recording import Recording

if TYPE_CHECKING:
    from harness.model.events import Event
    from harness.report.document import Document, OutcomeRecord

WHOLE = make_plan(3, JOURNEYS, old_boot=True)
STARTED = Started(name="orders", postgres="18.6 (embedded)", old="git:main (1f2e3d4)", new=".")
#: What differs where the code does.
CODE = (("old", "1f2e3d4"), ("new", "a1"))
ASKED = Asked(schedule=Schedule(), revisions=make_revisions(3))
DROPPED = SchemaChange(
    deed=Deed.DROPPED,
    kind=ObjectKind.COLUMN,
    name="orders.price",
    text="dropped column orders.price",
    names=("orders", "price"),
    touched_by=("orders",),
    owners=("orders",),
)


@dataclass(frozen=True)
class Other:
    """What is different in a shard."""

    started: Started = STARTED
    asked: Asked = ASKED
    steps: int = 3
    split: int = 3
    subject: tuple[tuple[str, Any], ...] = ()


def shard(*journeys: str, special: tuple[Event, ...] = (), other: Other | None = None, place: str = "") -> Shard:
    """A run of some of the journeys, in which everything passes but what is special."""
    other = other or Other()
    subject = make_subject(other.steps, journeys, **{"old_boot": True, **dict(other.subject)})
    plans = plan_rehearsal(subject, other.split)
    whole = make_plan(other.steps, journeys, old_boot=True)
    mine = [event for event in special if not isinstance(event, Attempted | Sent) or event.journey in journeys]
    left_out = tuple(name for name in JOURNEYS if name not in journeys)
    events = (
        other.started,
        replace(other.asked, journeys_left_out=left_out, revisions=make_revisions(other.steps)),
        *rehearsed(whole, *mine),
        Ended(duration_s=4.0),
    )
    recording = Recording(plans=plans, events=events)
    return Shard(place=place or "-".join(journeys), recording=recording, digests=tuple(map(digest, plans)))


def judge_whole(*special: Event) -> Document:
    one = shard(*JOURNEYS, special=special)
    return judge_run(one.recording.plans, one.digests, one.recording.events)


def merge(*special: Event) -> Merged:
    return merge_shards([shard(ORDER, special=special), shard(STOCK, special=special)])


def outcome(document: Document, cell: Cell, journey: str) -> OutcomeRecord:
    return next(o for o in document.outcomes if (o.step, o.actor, o.journey) == (cell.step, cell.actor, journey))


def drop(label: str = WHOLE.labels[1], **given: Any) -> SchemaChanged:
    return SchemaChanged(number=9, label=label, **{"changes": (DROPPED,), **given})


def sent(journey: str, statement: str) -> Sent:
    return Sent(
        number=1, cell=at(WHOLE, 1, Actor.OLD_WARM), release=ReleaseName.OLD, journey=journey, statements=(statement,)
    )


@pytest.mark.parametrize(
    "special",
    [
        (),
        failed_twice(at(WHOLE, 2, Actor.OLD_WARM), STOCK),
        (*failed_twice(at(WHOLE, 1, Actor.OLD_WARM), ORDER), *failed_twice(at(WHOLE, 2, Actor.OLD_WARM), ORDER)),
        (*failed_twice(at(WHOLE, 2, Actor.NEW_AHEAD), ORDER), *failed_twice(at(WHOLE, 2, Actor.OLD_COLD), STOCK)),
        recovered(at(WHOLE, 3, Actor.OLD_WARM), ORDER, sql=NO_COLUMN),
        failed_twice(Cell(ROLLOUT, Actor.NEW_CONTROL), STOCK),
        (drop(), sent(STOCK, "SELECT price FROM orders")),
        (drop(), sent(STOCK, "SELECT 1"), sent(ORDER, "SELECT 2")),
    ],
)
def test_two_halves_are_judged_as_the_whole_is(special: tuple[Event, ...]) -> None:
    whole, merged = judge_whole(*special), merge(*special).document
    for name in ("steps", "outcomes", "checks", "answer", "base", "rollout", "journeys", "name", "old", "new", "when"):
        assert getattr(merged, name) == getattr(whole, name), name
    assert merged.journeys_left_out == ()
    assert msgspec.json.decode(msgspec.json.encode(merged), type=type(merged)) == merged


def test_what_the_journeys_of_one_shard_do_not_touch_those_of_another_may() -> None:
    told = (drop(), sent(STOCK, "SELECT price FROM orders"), sent(ORDER, "SELECT 1"))
    warm = at(WHOLE, 2, Actor.OLD_WARM)
    alone = merge_shards([shard(ORDER, special=told)]).document
    assert outcome(alone, warm, ORDER).status is Status.UNTESTED
    both = merge(*told).document
    assert outcome(both, warm, ORDER).status is Status.PASS
    coverage = both.steps[1].coverage
    assert coverage is not None
    assert (coverage.touched, coverage.changes) == (1, 1)


def test_rows_that_a_migration_wrote_in_any_shard_are_written() -> None:
    told = (
        (drop(changes=(), written=(("orders", 2),), writes=1), sent(ORDER, "SELECT 1")),
        (drop(changes=(), written=(("orders", 5), ("stock", 1)), writes=1), sent(STOCK, "SELECT * FROM stock")),
    )
    shards = [shard(name, special=events) for name, events in zip(JOURNEYS, told, strict=True)]
    coverage = merge_shards(shards).document.steps[1].coverage
    assert coverage is not None
    assert (coverage.touched, coverage.changes, coverage.untouched) == (1, 2, "wrote 5 rows of orders")


def test_each_failure_is_told_by_the_shard_that_saw_it() -> None:
    warm, cold = at(WHOLE, 2, Actor.OLD_WARM), at(WHOLE, 2, Actor.OLD_COLD)
    merged = merge(*failed_twice(warm, ORDER), *failed_twice(cold, STOCK, log=("Traceback",))).document
    story, other = outcome(merged, warm, ORDER).story, outcome(merged, cold, STOCK).story
    assert story is not None
    assert other is not None
    assert (story.log, other.log) == ((), ("Traceback",))
    assert merged.steps[1].verdict is Verdict.AFTER


def test_journeys_that_no_shard_has_are_left_out_and_expectations_are_not_missed_then() -> None:
    expected = Expected(step="0002", actor=Actor.OLD_WARM, reason="stock reads the price")
    other = Other(asked=replace(ASKED, expected=(expected,)))
    half = merge_shards([shard(ORDER, other=other)], wanted=("refund",)).document
    assert half.journeys_left_out == (STOCK, "refund")
    warm = at(WHOLE, 2, Actor.OLD_WARM)
    assert outcome(half, warm, ORDER).result is Result.PASSED
    whole = merge_shards([shard(ORDER, other=other), shard(STOCK, other=other)]).document
    assert outcome(whole, warm, ORDER).result is Result.FAILED
    assert "did not fail as expected" in outcome(whole, warm, ORDER).result_reason


def test_waivers_are_for_the_whole() -> None:
    warm = at(WHOLE, 2, Actor.OLD_WARM)
    entry = Waiver(number=1, reason="goes in March", owner="web", step="0002", journey=STOCK)
    other = Other(asked=replace(ASKED, waivers=Waivers(file="w.toml", rehearsals=("orders",), entries=(entry,))))
    special = (*failed_twice(warm, ORDER), *failed_twice(warm, STOCK))
    shards = [shard(name, special=special, other=other) for name in JOURNEYS]
    merged = merge_shards(shards).document
    results = [outcome(merged, warm, name).result for name in (ORDER, STOCK)]
    assert results == [Result.FAILED, Result.XFAILED]
    one = shard(*JOURNEYS, special=special, other=other)
    assert merged.outcomes == judge_run(one.recording.plans, one.digests, one.recording.events).outcomes


def test_a_page_counts_the_journeys_that_are_left_out() -> None:
    half = merge_shards([shard(ORDER)], wanted=("refund",)).document
    assert "1 journey (2 left out)" in render_html(half, None)


def test_of_a_journey_that_several_shards_had_the_worst_counts() -> None:
    warm = at(WHOLE, 1, Actor.OLD_WARM)
    bad = shard(*JOURNEYS, special=failed_twice(warm, ORDER))
    good = shard(ORDER)
    for shards in ([bad, good], [good, bad]):
        merged = merge_shards(shards)
        assert merged.repeated == (ORDER,)
        assert outcome(merged.document, warm, ORDER).status is Status.FAIL
        assert len(merged.document.outcomes) == len(WHOLE.cells) * 2
        assert merged.document.steps[0].cells[Actor.OLD_WARM] is Status.FAIL


def waited(ms: float) -> tuple[Event, ...]:
    """A step at which a request waited."""
    holder = Link(party=Party.MIGRATION, who="the migration", holds=True, statement="ALTER TABLE orders ADD c text")
    wait = LockWait(
        party=Party.REPLICA,
        who="old-1",
        statement="SELECT 1",
        mode="AccessShareLock",
        on="orders",
        waited_ms=ms,
        granted=True,
        chain=(holder,),
    )
    label = WHOLE.labels[0]
    return (
        LocksSeen(number=200, label=label, waits=(wait,)),
        TrafficRan(number=200, label=label, clients=4, requests=20),
    )


def test_a_check_says_the_worst_and_tells_a_finding_of_two_shards_once() -> None:
    first, second, calm = (shard(name, special=waited(ms)) for name, ms in ((ORDER, 900), (STOCK, 700), (STOCK, 3)))
    alone = judge_run(first.recording.plans, first.digests, first.recording.events)
    key = (WHOLE.labels[0], "lock-wait")
    [was] = [check for check in alone.checks if (check.step, check.check) == key]
    assert (was.status, len(was.findings)) == (Status.FAIL, 1)
    for shards in ([first, second], [calm, first]):
        [is_] = [check for check in merge_shards(shards).document.checks if (check.step, check.check) == key]
        assert (is_.status, is_.findings, is_.result) == (was.status, was.findings, was.result)


def test_requests_and_times_of_all_shards_are_counted() -> None:
    served = Served(number=1, state="old-1 serves", requests=10, lost=1, slowest_ms=3.0, duration_s=1.0)
    merged = merge_shards(
        [
            shard(ORDER, special=(served,)),
            shard(STOCK, special=(replace(served, requests=5, slowest_ms=9.0), replace(served, state="new-1 serves"))),
        ]
    ).document
    assert [(s.state, s.requests, s.lost, s.slowest_ms) for s in merged.availability] == [
        ("old-1 serves", 15, 2, 9.0),
        ("new-1 serves", 10, 1, 3.0),
    ]
    assert merged.counts.duration_s == 8.0


def test_orders_that_differ_from_shard_to_shard_prove_none() -> None:
    merged = merge_shards([shard(ORDER, other=Other(split=0)), shard(STOCK)]).document
    assert merged.answer is not None
    assert (merged.answer.splits, merged.answer.rehearsed_split) == ((), None)
    assert merged.answer.advice.startswith("no order is proven: the shards rehearsed the rollout in different orders")


def test_shards_of_the_walk_alone_make_no_whole() -> None:
    alone = Other(asked=replace(ASKED, walk_alone=True))
    with pytest.raises(ScenarioError, match=r"^one holds the walk alone, .* choose shards by the names of journeys$"):
        merge_shards([shard(ORDER, place="one", other=alone), shard(STOCK, place="two", other=alone)])


def test_a_release_that_runs_already_has_no_shards() -> None:
    running = Other(asked=replace(ASKED, walk_alone=True, runs_already=True))
    with pytest.raises(ScenarioError, match=r"^one is no shard: .* run all journeys of it together$"):
        merge_shards([shard(ORDER, place="one", other=running), shard(STOCK, place="two", other=running)])


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (Other(started=replace(STARTED, name="stock")), "it is of stock, and the other one of orders"),
        (Other(started=replace(STARTED, old="git:main (9999999)")), "its releases are git:main (9999999) and ., there"),
        (
            Other(started=replace(STARTED, code=(("old", "1f2e3d4"), ("new", "b2")))),
            "its code of the new release is another one",
        ),
        (
            Other(started=replace(STARTED, code=(("old", "9999999"), ("new", "b2")))),
            "its code of the old and the new release is another one",
        ),
        (
            Other(steps=2, split=2),
            "its steps are 0001_first, 0002_second, there they are 0001_first, 0002_second, 0003",
        ),
        (Other(asked=replace(ASKED, lock_wait_ms=5.0)), "what the settings or waivers expect, or when the steps"),
        (Other(subject=(("tear", False),)), "the settings for replicas, traffic, seed or disturbances"),
        (Other(subject=(("seed", "seed.sql"),)), "the settings for replicas, traffic, seed or disturbances"),
    ],
)
def test_a_shard_of_another_plan_is_refused(other: Other, reason: str) -> None:
    mine = Other(started=replace(STARTED, code=CODE))
    with pytest.raises(ScenarioError) as caught:
        merge_shards([shard(ORDER, place="one/orders", other=mine), shard(STOCK, place="two/orders", other=other)])
    assert str(caught.value).startswith(f"two/orders is no shard of the plan of one/orders: {reason}")
    assert "run all shards from one commit" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("code", [(), CODE, CODE[1:]])
def test_the_same_code_is_no_other_plan_nor_is_code_that_nobody_knows(code: tuple[tuple[str, str], ...]) -> None:
    mine, other = (Other(started=replace(STARTED, code=known)) for known in (CODE, code))
    merged = merge_shards([shard(ORDER, other=mine), shard(STOCK, other=other)]).document
    assert merged.journeys == (ORDER, STOCK)


@settings(deadline=None)  # a busy machine is no news
@given(SUBJECTS)
def test_plans_for_other_journeys_have_the_same_frame(subject: Any) -> None:
    other = replace(subject, journeys=("refund",))
    for one, two in zip(plan_rehearsal(subject, 0)[::2], plan_rehearsal(other, 0)[::2], strict=True):
        assert frame_of(one) == frame_of(two)
        assert one != two


def test_no_step_keeps_journeys_in_a_frame() -> None:
    """A new kind of step that names journeys must lose them there."""
    with_journeys = {cls.__name__ for cls in Step.__args__ if {"journeys", "rounds"} & {f.name for f in fields(cls)}}
    assert with_journeys == {"Drive", "WarmUp", "TearMigration", "TryTask"}
