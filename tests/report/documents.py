"""A small run by hand, and the document that is made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evidence.builders import (
    CACHED_PLAN,
    NO_COLUMN,
    NO_TABLE,
    ORDER,
    STOCK,
    at,
    failed_twice,
    make_plan,
    not_ready,
    number_of,
    ready,
    recovered,
    rehearsed,
)
from plan.subjects import make_revisions

from harness.evidence.chain import judge_chain
from harness.evidence.checks import judge_checks
from harness.evidence.expectations import judge_check_items, judge_items
from harness.evidence.outcomes import judge_outcomes
from harness.evidence.timeline import Timeline
from harness.evidence.verdicts import judge
from harness.model.cell import ROLLOUT, Actor, Cell, Status
from harness.model.events import Attempted, Ended, Failure, Migrated, Started
from harness.model.exchange import Exchange
from harness.model.observed import SqlError
from harness.model.rollout import Schedule, When
from harness.model.settings import Expected
from harness.plan.steps import Drive, Migrate, StartReplicas
from harness.report.document import build_document

if TYPE_CHECKING:
    from harness.model.events import Event
    from harness.plan.steps import Plan
    from harness.report.document import Document, OutcomeRecord

PLAN = make_plan(4, (ORDER, STOCK), old_boot=True)
STARTED = Started(
    name="orders",
    postgres="17.2 (embedded)",
    old="git:origin/main (1f2e3d4)",
    new="path . (working tree)",
    reduced=("lock waits are not logged: it takes a superuser",),
    passed_over=("container: no Docker engine answers",),
)
EXPECTED = (
    Expected(step="0001", actor=Actor.OLD_WARM, reason="prepared statements", status=Status.TRANSIENT),
    Expected(step="*", actor=Actor.OLD_BOOT, reason="Alembic does not know newer revisions"),
)


def _migrated(step: int, database: str, actor: Actor) -> Migrated:
    number = number_of(PLAN, Migrate, at(PLAN, step, actor))
    return Migrated(database=database, revision=PLAN.revisions[step - 1], number=number, duration_s=0.25)


def _refused(step: int, actor: Actor) -> tuple[Attempted, Attempted]:
    """A journey that was answered with 500, told as fully as the runner tells it."""
    cell = at(PLAN, step, actor)
    return failed_twice(
        cell,
        number=number_of(PLAN, Drive, cell),
        origin="base-control",
        replicas=("old-2",),
        segment=1,
        data="sku='A-1'",
        exchanges=(
            Exchange(
                replica="old-2", method="POST", path="/orders", request='{"sku": "A-1"}', status=500, response="!"
            ),
        ),
        failure=Failure(
            kind="HTTPStatusError",
            text="Server error '500'",
            where="test_orders.py:12",
            source='client.post("/orders").raise_for_status()',
        ),
        sql=SqlError(
            replica="old-2",
            sqlstate="42703",
            message='column "nickname" of relation "customers" does not exist',
            detail="It was dropped.",
            statement="INSERT INTO customers (nickname)\n  VALUES ($1)",
        ),
        log=("Traceback (most recent call last):", "psycopg.errors.UndefinedColumn: nickname"),
    )


def special_events() -> tuple[Event, ...]:
    """One step of each kind: either with a transient, before, after, neither."""
    boots = [at(PLAN, step, Actor.OLD_BOOT) for step in (1, 2, 3, 4)]
    warm = at(PLAN, 1, Actor.OLD_WARM)
    return (
        ready(None, "old-1", number=6),
        ready(None, "old-2", number=6),
        *(_migrated(step, "live", Actor.OLD_WARM) for step in (1, 2, 3, 4)),
        *(_migrated(step, "lane", Actor.NEW_WARM) for step in (1, 2, 3, 4)),
        *recovered(warm, sql=CACHED_PLAN, number=number_of(PLAN, Drive, warm)),
        *failed_twice(at(PLAN, 2, Actor.NEW_AHEAD), STOCK, sql=NO_TABLE),
        *failed_twice(at(PLAN, 1, Actor.NEW_AHEAD), STOCK, sql=NO_TABLE),
        *_refused(3, Actor.OLD_WARM),
        *_refused(3, Actor.OLD_COLD),
        *_refused(4, Actor.OLD_WARM),
        *failed_twice(at(PLAN, 4, Actor.OLD_COLD), STOCK, sql=NO_COLUMN),
        *failed_twice(at(PLAN, 4, Actor.NEW_AHEAD), STOCK, sql=NO_COLUMN),
        *_refused_rollout(),
        *(
            not_ready(
                cell,
                f"old-boot-{step}",
                database="boot",
                number=number_of(PLAN, StartReplicas, cell),
                reason="exited with status 255 before it was ready (boot)",
                signature="boot exited with 255",
                log=("FAILED: Can't locate revision identified by '0001'",),
            )
            for step, cell in enumerate(boots, start=1)
        ),
        Ended(duration_s=12.34),
    )


def _refused_rollout() -> tuple[Event, ...]:
    refused = _refused(3, Actor.OLD_WARM)[0]
    mixed = Cell(ROLLOUT, Actor.MIXED)
    return failed_twice(mixed, number=number_of(PLAN, Drive, mixed), sql=refused.sql[0])


def make_document(
    plan: Plan = PLAN,
    events: tuple[Event, ...] | None = None,
    *,
    expected: tuple[Expected, ...] = EXPECTED,
    when: When = When.BEFORE,
    chain: tuple[str, ...] = (),
) -> Document:
    happened = (STARTED, *rehearsed(plan, *(special_events() if events is None else events)))
    outcomes = judge_outcomes(plan, happened)
    judgements = judge_checks(Timeline(plan=plan, events=happened, outcomes=outcomes))
    answer = judge(plan, outcomes, Schedule(when=when))
    return build_document(
        plan=plan,
        digests=("0a1b2c3d", "4e5f6a7b"),
        revisions=make_revisions(len(plan.revisions)),
        events=happened,
        outcomes=outcomes,
        results=judge_items(plan, outcomes, expected, Schedule(when=when), complete=True),
        judgements=judgements,
        check_results=judge_check_items(plan, judgements, expected, Schedule(when=when), complete=True),
        answer=answer,
        schedule=Schedule(when=when),
        split=len(plan.revisions),
        journeys_left_out=("a_refund_is_paid",),
        chain=judge_chain(plan, happened, chain, outcomes, answer) if chain else None,
    )


def record(document: Document, step: str, actor: Actor, journey: str = ORDER) -> OutcomeRecord:
    return next(o for o in document.outcomes if (o.step, o.actor, o.journey) == (step, actor, journey))
