"""Decides what is tried beside the rollout and after it: who waits for each migration, what a killed one leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model.cell import ROLLOUT, TRAFFIC, Actor, Cell
from harness.model.release import ReleaseName
from harness.model.rollout import Kind
from harness.plan.builder import PlanBuilder
from harness.plan.replacing import plan_replacement
from harness.plan.steps import CloneDatabase, DropDatabase, Replica, StartReplicas, StopReplicas
from harness.plan.subject import BOOT, DEPLOYED, HALF, LANE, LIVE, SEED, TORN, Subject, finish, migrate
from harness.plan.tasks import plan_trials, run_due
from harness.plan.traffic_steps import (
    AskUnderLock,
    BootTogether,
    HoldTransaction,
    MigrateUnderTraffic,
    TearMigration,
    WatchLocks,
)
from harness.plan.watch_steps import PlanStatements

if TYPE_CHECKING:
    from collections.abc import Collection

    from harness.model.revision import Revision
    from harness.plan.steps import Plan


#: Whoever migrates at boot does so beside another one some day, however many the strategy starts at once.
_LEAST_TOGETHER = 2


def plan_traffic(subject: Subject, *, first_number: int = 1) -> Plan:
    """The whole deployment under traffic, and each step killed half-way; then each step once more under traffic.

    Where :func:`starts_beside_rollout` says so, its first stage may be played beside the rollout, which it shares no
    database with; the second, which measures who waits for whom, had better be alone. The database that everything is
    copied from stays, for :func:`plan_second_look`.

    Args:
        subject: What the plan is made for.
        first_number: Number of the first step; goes on after those of the rollout.
    """
    builder = PlanBuilder(subject.journeys)
    if starts_beside_rollout(subject):
        builder.stage("beside the rollout")
        if subject.load.clients:
            _plan_deployment(builder, subject)
        if subject.tear and subject.revisions:
            _plan_torn(builder, subject)
    builder.stage("under traffic")
    if subject.revisions:
        _plan_each_step(builder, subject)
    if subject.at_boot and subject.revisions:
        _plan_boots(builder, subject)
    if subject.tasks:
        plan_trials(builder, subject)
    return finish(subject, builder, first_number=first_number)


def starts_beside_rollout(subject: Subject) -> bool:
    """Whether the first stage of :func:`plan_traffic` uses databases of its own: where there is anything for it."""
    return bool(subject.load.clients) or (subject.tear and bool(subject.revisions))


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
        names: tuple[str, ...] = ()
        release: ReleaseName | None = None
        for index, revision in enumerate(subject.revisions[: asked[-1] + 1]):
            builder.add(*run_due(subject, LIVE, index))
            if index not in asked:
                builder.add(migrate(LIVE, revision))
                continue
            if release is not _serving(subject, revision):
                release = _serving(subject, revision)
                _stop(builder, names)
                names = _start(builder, subject, release, "again")
            _hold(builder, subject)
            builder.add(_migrate_under_traffic(subject, (revision,), revision.label, names, again=True))
        _stop(builder, names)
        builder.add(DropDatabase(database=LIVE))
    if ROLLOUT in labels:
        builder.stage("a second look, as deployed")
        builder.track("deployed-again")
        builder.add(CloneDatabase(source=SEED, target=LIVE), WatchLocks(database=LIVE))
        for part in filter(None, (subject.before, subject.after)):
            if part == subject.after:
                builder.add(*run_due(subject, LIVE, len(subject.before)))
            names = _start(builder, subject, _serving(subject, part[0]), "deployed-again")
            builder.add(_migrate_under_traffic(subject, part, ROLLOUT, names, again=True))
            _stop(builder, names)
        builder.add(DropDatabase(database=LIVE))
    return finish(subject, builder, first_number=first_number)


def _plan_each_step(builder: PlanBuilder, subject: Subject) -> None:
    """Each step under traffic by itself; statements that no journey may have sent are planned behind it."""
    builder.track("traffic")
    builder.add(DropDatabase(database=LIVE), CloneDatabase(source=SEED, target=LIVE))
    builder.add(PlanStatements(database=LIVE), WatchLocks(database=LIVE))
    names: tuple[str, ...] = ()
    for index, revision in enumerate(subject.revisions):
        if index in {0, len(subject.before)}:
            _stop(builder, names)
            names = _start(builder, subject, _serving(subject, revision), "traffic")
        builder.add(*run_due(subject, LIVE, index))
        _hold(builder, subject)
        builder.add(
            _migrate_under_traffic(subject, (revision,), revision.label, names),
            PlanStatements(database=LIVE, label=revision.label),
        )
    _stop(builder, names)
    builder.add(DropDatabase(database=LIVE))


def _plan_deployment(builder: PlanBuilder, subject: Subject) -> None:
    """The steps before the code by one call, new replicas, the steps after the code by one call; all under traffic.

    By one call every lock is held to the end where ``env.py`` has one transaction for all steps.
    """
    builder.track("deployed")
    builder.add(CloneDatabase(source=SEED, target=DEPLOYED), WatchLocks(database=DEPLOYED))
    old = _start(builder, subject, ReleaseName.OLD, "deployed", DEPLOYED)
    builder.add(AskUnderLock(database=DEPLOYED, replicas=old))
    if subject.before:
        builder.add(_migrate_under_traffic(subject, subject.before, ROLLOUT, old, DEPLOYED))
    if subject.at_boot:  # new replicas are to find the schema as it was
        _stop(builder, old)
        builder.add(DropDatabase(database=DEPLOYED), CloneDatabase(source=SEED, target=DEPLOYED))
        old = _start(builder, subject, ReleaseName.OLD, "replaced", DEPLOYED)
    new = plan_replacement(builder, subject, old)
    builder.add(*run_due(subject, DEPLOYED, len(subject.before)))
    if subject.after:
        builder.add(_migrate_under_traffic(subject, subject.after, ROLLOUT, new, DEPLOYED))
    _stop(builder, (*old, *new))
    builder.add(DropDatabase(database=DEPLOYED))


def _plan_boots(builder: PlanBuilder, subject: Subject) -> None:
    """New replicas migrate when they start: beside one another, and where the migration is cut off."""
    builder.track("boots")
    builder.add(CloneDatabase(source=SEED, target=LANE), *(migrate(LANE, revision) for revision in subject.revisions))
    together = max(_LEAST_TOGETHER, subject.strategy.replicas)
    for prefix, count, cut in (("together", together, False), ("cut", 1, True)):
        names = tuple(f"new-{prefix}-{index + 1}" for index in range(count))
        builder.add(
            CloneDatabase(source=SEED, target=BOOT),
            BootTogether(
                replicas=names,
                database=BOOT,
                boot=subject.new_boot,
                source=SEED,
                reference=LANE,
                revisions=tuple(revision.id for revision in subject.revisions),
                cut=cut,
                within_s=subject.strategy.progress_deadline_s,
            ),
            StopReplicas(replicas=names),
            DropDatabase(database=BOOT),
        )
    builder.add(DropDatabase(database=LANE))


def _plan_torn(builder: PlanBuilder, subject: Subject) -> None:
    """Each step is left half done wherever that can be, and run again."""
    builder.track("torn")
    nobody_serves = subject.at_boot and subject.strategy.kind is Kind.RECREATE
    builder.add(CloneDatabase(source=SEED, target=LANE))
    for index, revision in enumerate(subject.revisions):
        release = _serving(subject, revision)
        builder.add(
            *run_due(subject, LANE, index),
            TearMigration(
                source=LANE,
                target=HALF,
                revision=revision.id,
                label=revision.label,
                aside=TORN,
                replica=f"{release}-torn",
                release=release,
                journeys=() if nobody_serves else subject.journeys,
            ),
        )
    builder.add(DropDatabase(database=LANE), DropDatabase(database=HALF))


def _migrate_under_traffic(
    subject: Subject,
    revisions: tuple[Revision, ...],
    label: str,
    names: tuple[str, ...],
    database: str = LIVE,
    *,
    again: bool = False,
) -> MigrateUnderTraffic:
    ids = tuple(revision.id for revision in revisions)
    return MigrateUnderTraffic(
        database=database, revisions=ids, label=label, replicas=names, load=subject.load, again=again
    )


def _serving(subject: Subject, revision: Revision) -> ReleaseName:
    """Who serves while a step is run."""
    return ReleaseName.OLD if revision in subject.before else ReleaseName.NEW


def _stop(builder: PlanBuilder, names: tuple[str, ...]) -> None:
    if names:
        builder.add(StopReplicas(replicas=names))


def _start(
    builder: PlanBuilder, subject: Subject, release: ReleaseName, prefix: str, database: str = LIVE
) -> tuple[str, ...]:
    """The fleet that serves while the schema moves: by ``serve`` alone, since ``boot`` may move it too."""
    if not subject.load.clients:
        return ()
    fleet = tuple(
        Replica(name=f"{release}-{prefix}-{i + 1}", release=release, database=database)
        for i in range(subject.strategy.replicas)
    )
    actor = Actor.OLD if release is ReleaseName.OLD else Actor.NEW
    builder.add(StartReplicas(replicas=fleet, cell=Cell(TRAFFIC, actor)))
    return tuple(replica.name for replica in fleet)


def _hold(builder: PlanBuilder, subject: Subject) -> None:
    if subject.load.long_transaction_s:
        builder.add(HoldTransaction(database=LIVE, duration_s=subject.load.long_transaction_s))
