"""Decides what is tried once the rollout is over: who waits for each migration, and which statements still plan."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.model.cell import ROLLOUT, TRAFFIC, Actor, Cell
from harness.model.release import ReleaseName
from harness.plan.builder import PlanBuilder
from harness.plan.replacing import plan_replacement
from harness.plan.steps import CloneDatabase, DropDatabase, PlanStatements, Replica, StartReplicas, StopReplicas
from harness.plan.subject import LIVE, SEED, Subject, finish, migrate
from harness.plan.traffic_steps import HoldTransaction, MigrateUnderTraffic, WatchLocks

if TYPE_CHECKING:
    from collections.abc import Collection

    from harness.plan.steps import Plan


def plan_traffic(subject: Subject, *, first_number: int = 1) -> Plan:
    """Each step once more under traffic, to measure who waits for whom; then all of them by one call, and new replicas.

    Statements that no journey may have sent are planned behind each step. The database that everything is copied from
    stays, for :func:`plan_second_look`.

    Args:
        subject: What the plan is made for.
        first_number: Number of the first step; goes on after those of the rollout.
    """
    builder = PlanBuilder(subject.journeys)
    builder.stage("under traffic")
    builder.track("traffic")
    builder.add(DropDatabase(database=LIVE), CloneDatabase(source=SEED, target=LIVE))
    builder.add(PlanStatements(database=LIVE), WatchLocks(database=LIVE))
    names = _start(builder, subject, "traffic")
    for revision in subject.revisions:
        _hold(builder, subject)
        builder.add(
            MigrateUnderTraffic(
                database=LIVE, revision=revision.id, label=revision.label, replicas=names, load=subject.load
            ),
            PlanStatements(database=LIVE, label=revision.label),
        )
    _stop(builder, names)
    if subject.load.clients:
        builder.stage("as deployed")
        names = _plan_as_deployed(builder, subject, "deployed")
        if (
            subject.at_boot or subject.serving is ReleaseName.NEW
        ):  # replicas are replaced on the schema before the steps
            builder.add(StopReplicas(replicas=names), DropDatabase(database=LIVE))
            builder.add(CloneDatabase(source=SEED, target=LIVE))
            names = _start(builder, replace(subject, serving=ReleaseName.OLD), "replaced")
        plan_replacement(builder, subject, names)
    builder.add(DropDatabase(database=LIVE))
    return finish(subject, builder, first_number=first_number)


def plan_second_look(subject: Subject, labels: Collection[str], *, first_number: int = 1) -> Plan:
    """The same once more, where a request waited too long: on a busy machine that may have been the machine.

    Args:
        subject: What the plan is made for.
        labels: The steps in question; ``rollout`` for all of them by one call.
        first_number: Number of the first step.
    """
    builder = PlanBuilder(subject.journeys)
    asked = [index for index, revision in enumerate(subject.revisions) if revision.label in labels]
    if asked:
        builder.stage("a second look")
        builder.track("traffic-again")
        builder.add(CloneDatabase(source=SEED, target=LIVE), WatchLocks(database=LIVE))
        names = _start(builder, subject, "again")
        for index, revision in enumerate(subject.revisions[: asked[-1] + 1]):
            if index not in asked:
                builder.add(migrate(LIVE, revision))
                continue
            _hold(builder, subject)
            builder.add(
                MigrateUnderTraffic(
                    database=LIVE,
                    revision=revision.id,
                    label=revision.label,
                    replicas=names,
                    load=subject.load,
                    again=True,
                )
            )
        _stop(builder, names)
        builder.add(DropDatabase(database=LIVE))
    if ROLLOUT in labels:
        builder.stage("a second look, as deployed")
        builder.add(StopReplicas(replicas=_plan_as_deployed(builder, subject, "deployed-again", again=True)))
        builder.add(DropDatabase(database=LIVE))
    return finish(subject, builder, first_number=first_number)


def _plan_as_deployed(builder: PlanBuilder, subject: Subject, name: str, *, again: bool = False) -> tuple[str, ...]:
    """All steps by one call: every lock is held to the end where ``env.py`` has one transaction for all of them.

    Returns:
        Who serves then.
    """
    builder.track(name)
    if not again:
        builder.add(DropDatabase(database=LIVE))
    builder.add(CloneDatabase(source=SEED, target=LIVE), WatchLocks(database=LIVE))
    names = _start(builder, subject, name)
    builder.add(
        MigrateUnderTraffic(database=LIVE, revision=None, label=ROLLOUT, replicas=names, load=subject.load, again=again)
    )
    return names


def _stop(builder: PlanBuilder, names: tuple[str, ...]) -> None:
    if names:
        builder.add(StopReplicas(replicas=names))


def _start(builder: PlanBuilder, subject: Subject, prefix: str) -> tuple[str, ...]:
    """The fleet that serves while the schema moves: by ``serve`` alone, since ``boot`` may move it too."""
    if not subject.load.clients:
        return ()
    release = subject.serving
    fleet = tuple(
        Replica(name=f"{release}-{prefix}-{i + 1}", release=release, database=LIVE)
        for i in range(subject.strategy.replicas)
    )
    actor = Actor.OLD if release is ReleaseName.OLD else Actor.NEW
    builder.add(StartReplicas(replicas=fleet, cell=Cell(TRAFFIC, actor)))
    return tuple(replica.name for replica in fleet)


def _hold(builder: PlanBuilder, subject: Subject) -> None:
    if subject.load.long_transaction_s:
        builder.add(HoldTransaction(database=LIVE, duration_s=subject.load.long_transaction_s))
