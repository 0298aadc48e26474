"""A whole run by hand, with times: every step of a plan is played as the runner would tell of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from evidence.builders import ORDER, STOCK, make_plan
from plan.subjects import make_revisions

from harness.model.cell import Actor
from harness.model.events import (
    Asked,
    Attempted,
    Ended,
    Event,
    Failure,
    Migrated,
    ReplicaFailed,
    ReplicaReady,
    ReplicaStopped,
    SchemaChanged,
)
from harness.model.exchange import Exchange, TrafficRequest
from harness.model.locks import Link, LocksSeen, LockWait, Party, TrafficRan
from harness.model.observed import SqlError
from harness.model.release import ReleaseName
from harness.model.rollout import Schedule
from harness.model.schema import Deed, ObjectKind, SchemaChange
from harness.model.settings import Load
from harness.model.tracks import StepEnded
from harness.plan.steps import Drive, Migrate, Numbered, Plan, Stage, StartReplicas, StopReplicas, Track
from harness.plan.traffic_steps import MigrateUnderTraffic
from harness.report.judging import judge_run
from harness.report.recording import Recording
from report.documents import STARTED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.plan.steps import Attempt
    from harness.report.document import Document

Run: TypeAlias = "tuple[Document, Recording]"

#: When the run began.
EPOCH = 1_700_000_000.0
#: What an application may answer: nothing of it may become markup.
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'</style></svg>{{ 7 * 7 }}"
REFUSED = SqlError(
    replica="old-1",
    sqlstate="42703",
    message='column "nickname" of relation "customers" does not exist',
    statement="INSERT INTO customers (nickname) VALUES ($1)",
    exchange=0,
)
DROPPED = SchemaChange(
    deed=Deed.DROPPED,
    kind=ObjectKind.COLUMN,
    name="customers.nickname",
    text="dropped column customers.nickname",
    names=("nickname",),
    owners=("customers",),
)


def play_run(*, exchanges: int = 1, steps: int = 3) -> Run:
    """A run in which the second step drops a column that the old release needs.

    Args:
        exchanges: How many each attempt has.
        steps: Of the schema.
    """
    plan = _with_traffic(make_plan(steps, (ORDER, STOCK), old_boot=True))
    begun = STARTED, Asked(schedule=Schedule(), revisions=make_revisions(steps))
    events = (*begun, *_play(plan, exchanges), Ended(duration_s=12.5))
    return judge_run([plan], ["0a1b2c3d"], events), Recording(plans=(plan,), events=events)


def _with_traffic(plan: Plan) -> Plan:
    """The same plan, and the second step once more under traffic."""
    last = max(item.number for stage in plan.stages for track in stage.tracks for item in track.steps)
    step = MigrateUnderTraffic(
        database="live", revisions=plan.revisions[1:2], label=plan.labels[1], replicas=("old-1",), load=Load()
    )
    track = Track(name="live", steps=(Numbered(number=last + 1, step=step),))
    fields = {name: getattr(plan, name) for name in ("name", "revisions", "labels", "journeys", "cells")}
    return Plan(**fields, stages=(*plan.stages, Stage(name="under traffic", tracks=(track,))))


def _play(plan: Plan, exchanges: int) -> Iterator[Event]:
    broken = plan.labels[1:2]
    for stage in plan.stages:
        for track in stage.tracks:
            for item in track.steps:
                at = EPOCH + item.number
                yield from _play_step(item, at, exchanges, broken, plan)
                yield StepEnded(number=item.number, duration_s=1.0, at=at)


def _play_step(  # noqa: C901  one case for each kind of step
    item: Numbered, at: float, exchanges: int, broken: tuple[str, ...], plan: Plan
) -> Iterator[Event]:
    number = item.number
    match item.step:
        case StartReplicas(replicas=replicas, cell=cell):
            for one in replicas:
                if one.boot and cell is not None and cell.actor is Actor.OLD_BOOT and cell.step in plan.labels:
                    yield ReplicaFailed(
                        replica=one.name,
                        release=one.release,
                        database=one.database,
                        number=number,
                        cell=cell,
                        reason="exited with status 255 before it was ready",
                        signature="boot exited with 255",
                        log=(HOSTILE,),
                    )
                else:
                    yield ReplicaReady(
                        replica=one.name,
                        release=one.release,
                        database=one.database,
                        number=number,
                        cell=cell,
                        after_s=0.6,
                    )
        case StopReplicas(replicas=names):
            for name in names:
                yield ReplicaStopped(replica=name, number=number, killed=False)
        case Migrate(database=database, revision=revision, label=label):
            yield Migrated(database=database, revision=revision, number=number, duration_s=0.1)
            statements = ("ALTER TABLE customers DROP COLUMN nickname",) if label in broken else ()
            changes = (DROPPED,) if label in broken else ()
            yield SchemaChanged(number=number, label=label, changes=changes, statements=statements)
        case Drive(cell=cell, rounds=rounds):
            fails = cell.step in broken and cell.actor in {Actor.OLD_WARM, Actor.OLD_COLD}
            for round_, attempts in enumerate(rounds, start=1):
                for index, attempt in enumerate(attempts):
                    begun = at + (round_ - 1) * 0.5 + index * 0.5 / len(attempts)
                    yield _attempted(attempt, item, round_, begun, exchanges, fails=fails)
        case MigrateUnderTraffic(label=label):
            yield from _under_traffic(number, label, at)
        case _:
            pass


def _attempted(attempt: Attempt, item: Numbered, round_: int, at: float, exchanges: int, *, fails: bool) -> Attempted:
    assert isinstance(item.step, Drive)
    asked = tuple(
        Exchange(
            replica=attempt.replicas[0],
            method="POST",
            path=f"/orders/{attempt.copy}/{turn}",
            request='{"sku": "A-1", "note": "' + "x" * 60 + '"}',
            status=500 if fails and turn == 0 else 201,
            response=HOSTILE,
            duration_s=0.004,
            at_s=0.001 * turn,
        )
        for turn in range(exchanges)
    )
    failure = Failure(kind="HTTPStatusError", text=HOSTILE, where="test_orders.py:12", source="client.post()")
    return Attempted(
        number=item.number,
        cell=item.step.cell,
        journey=attempt.journey,
        round=round_,
        copy=attempt.copy,
        origin=attempt.origin,
        replicas=attempt.replicas[:1],
        segment=1,
        exchanges=asked,
        failure=failure if fails else None,
        sql=(REFUSED,) if fails else (),
        log=("Traceback (most recent call last):", HOSTILE) if fails else (),
        at=at,
    )


def _under_traffic(number: int, label: str, at: float) -> Iterator[Event]:
    holder = Link(
        party=Party.MIGRATION,
        who="the migration",
        holds=True,
        statement="ALTER TABLE customers DROP COLUMN nickname",
        mode="AccessExclusiveLock",
        on="customers",
    )
    wait = LockWait(
        party=Party.REPLICA,
        who="old-1",
        statement="SELECT 1 FROM customers",
        mode="AccessShareLock",
        on="customers",
        waited_ms=612.0,
        granted=True,
        request="GET /customers",
        chain=(holder,),
        at=at + 0.2,
    )
    sent = (
        TrafficRequest(replica="old-1", line="GET /customers", status=200, at=at + 0.2, duration_s=0.62),
        TrafficRequest(replica="old-1", line="GET /orders", status=None, at=at + 0.3, duration_s=0.1),
    )
    yield ReplicaReady(replica="old-1", release=ReleaseName.OLD, database="live", number=number, cell=None, after_s=0.0)
    yield LocksSeen(number=number, label=label, waits=(wait,))
    yield TrafficRan(
        number=number, label=label, clients=4, requests=2, sent=sent, migrated_at=at + 0.1, migrated_s=0.72
    )
