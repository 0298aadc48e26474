"""Tells one failure so that its reader sees the cause: where in the plan, who served, what was asked and answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.evidence.blame import boots_of
from harness.evidence.explanation import explain
from harness.evidence.lost_writes import lost_write
from harness.evidence.outcome import NEW_ACTORS, path_without_ids
from harness.model.cell import BASE, ROLLOUT, Actor, Cell, Status
from harness.model.events import (
    Attempted,
    Event,
    Migrated,
    MigrationFailed,
    ReplicaFailed,
    ReplicaReady,
    ReplicaStopped,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.evidence.outcome import Evidence, Outcome
    from harness.model.exchange import Exchange
    from harness.plan.steps import Plan


class SqlRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One statement that PostgreSQL refused."""

    replica: str
    sqlstate: str
    message: str
    detail: str
    statement: str


class Story(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One failure.

    Args:
        plan_step: Number of the step in the plan.
        headline: What happened, in one sentence.
        schema_before: Label of the last step that the schema had seen before the one in question.
        schema_after: Label of the step in question, where it was applied.
        fleet: Replicas on the same database at that moment, and what they run.
        copy: Where this copy of the journey came from, and through whom it went.
        where: File and line in the journey.
        source: The journey's line.
        request: Method, path and body of the exchange that failed.
        response: Status and body.
        control: The same request's answer in the control run, where no statement failed: it shows what is different.
        sql: What PostgreSQL refused.
        log: Last lines of the application's log.
        failures: How many attempts failed in this cell.
        why: What the step did that explains it, or that nothing in the schema does.
        remedy: What to do instead, in one sentence; empty where the cause is not known.
        safe_way: The same in steps, or nothing where the sentence tells it all.
    """

    plan_step: int
    headline: str
    schema_before: str
    schema_after: str
    fleet: tuple[str, ...]
    copy: str
    where: str
    source: str
    request: str
    response: str
    control: str
    sql: tuple[SqlRecord, ...]
    log: tuple[str, ...]
    failures: int
    why: str
    remedy: str
    safe_way: tuple[str, ...] = ()


def tell(outcome: Outcome, plan: Plan, events: tuple[Event, ...]) -> Story | None:
    """The story of an outcome; None where nothing failed.

    Args:
        outcome: One journey in one cell.
        plan: Its steps.
        events: What happened, for who served at that moment.
    """
    if not outcome.evidence or outcome.status not in {Status.FAIL, Status.TRANSIENT, Status.INCONCLUSIVE}:
        return None
    evidence = outcome.evidence[0]
    before, after = _schema(evidence, plan, events)
    request = response = copy = where = source = ""
    sql: tuple[SqlRecord, ...] = ()
    match evidence:
        case ReplicaFailed(replica=replica, reason=reason):
            headline = f"{replica} {'' if reason.startswith(('exited', 'not ready')) else '- '}{reason}"
        case MigrationFailed(error=error):
            headline = f"the migration failed: {error}"
        case Attempted():
            headline = _headline(evidence)
            copy = _describe_copy(evidence)
            if evidence.failure is not None:
                where, source = evidence.failure.where, evidence.failure.source
            shown = _exchange(evidence)
            request, response = ("", "") if shown is None else (_ask(shown), _answer(shown))
    if isinstance(evidence, MigrationFailed) and evidence.sqlstate:
        sql = (SqlRecord("migrator", evidence.sqlstate, evidence.error, "", ""),)
    cause = explain(outcome, evidence, plan, events)
    if isinstance(evidence, (Attempted, ReplicaFailed)):
        sql = tuple(SqlRecord(e.replica, e.sqlstate, e.message, e.detail, e.statement) for e in evidence.sql)
    return Story(
        plan_step=evidence.number,
        headline=headline,
        schema_before=before,
        schema_after=after,
        fleet=_fleet(evidence, events),
        copy=copy,
        where=where,
        source=source,
        request=request,
        response=response,
        control=_in_control(outcome, evidence, events),
        sql=sql,
        log=evidence.log,
        failures=len(outcome.evidence),
        why=cause.text,
        remedy=cause.remedy,
        safe_way=cause.safe_way,
    )


def _in_control(outcome: Outcome, evidence: Evidence, events: tuple[Event, ...]) -> str:
    """What the request that failed was answered in the control run of the same release."""
    if not isinstance(evidence, Attempted) or evidence.sql or not evidence.exchanges:
        return ""
    shown = _exchange(evidence)
    place = len(_alike(evidence.exchanges[: evidence.exchanges.index(shown)], shown)) if shown is not None else 0
    is_new = outcome.cell.actor in NEW_ACTORS
    control = Cell(ROLLOUT, Actor.NEW_CONTROL) if is_new else Cell(BASE, Actor.CONTROL)
    asked = [e for e in events if isinstance(e, Attempted) and (e.cell, e.journey) == (control, outcome.journey)]
    for event in sorted(asked, key=lambda event: event.segment != evidence.segment):
        found = _alike(event.exchanges, shown) if shown is not None and event.failure is None else []
        if len(found) > place:
            return _answer(found[place])
    return ""


def _alike(exchanges: Sequence[Exchange], shown: Exchange) -> list[Exchange]:
    """Those that ask the same, but for the identifiers in it."""
    asked = (shown.method, path_without_ids(shown.path))
    return [one for one in exchanges if (one.method, path_without_ids(one.path)) == asked]


def _headline(attempt: Attempted) -> str:
    failure = attempt.failure
    if failure is None:
        return _headline_of_loss(attempt)
    bad = next((e for e in attempt.exchanges if e.is_bad), None)
    if bad is not None:
        return bad.answer
    return f"{failure.kind}: {failure.text}"


def _headline_of_loss(attempt: Attempted) -> str:
    lost = lost_write(attempt)
    if lost is None:
        return ""
    shown = _exchange(attempt)
    answered = f"answered {shown.status} to {shown.method} {shown.path}" if shown is not None else "answered well"
    return f"{lost.replica} {answered}, and what was to be stored is lost: PostgreSQL refused it"


def _describe_copy(attempt: Attempted) -> str:
    through = " then ".join(dict.fromkeys(attempt.replicas))
    origin = {
        "fresh": "started here",
        "traveller": "started before the first step and resumed in every state",
    }.get(attempt.origin, f"started in {attempt.origin}")
    drawn = f", with {attempt.data}" if attempt.data else ""
    return f"{origin}, served by {through}, segment {attempt.segment + 1}, pass {attempt.round}{drawn}"


def _exchange(attempt: Attempted) -> Exchange | None:
    """The exchange that failed: the first that says so itself, the one whose write is lost, or else the last."""
    bad = [e for e in attempt.exchanges if e.is_bad]
    if attempt.failure is None and (lost := lost_write(attempt)) is not None:
        bad = [e for number, e in enumerate(attempt.exchanges) if number == lost.exchange]
        bad = bad or [e for e in attempt.exchanges if e.request]
    return next(iter([*bad, *attempt.exchanges[-1:]]), None)


def _ask(exchange: Exchange) -> str:
    return f"{exchange.method} {exchange.path}" + (f" {exchange.request}" if exchange.request else "")


def _answer(exchange: Exchange) -> str:
    status = str(exchange.status) if exchange.status is not None else "no answer"
    return f"{status} {exchange.response}".strip()


def _schema(evidence: Evidence, plan: Plan, events: tuple[Event, ...]) -> tuple[str, str]:
    """The last two states of the schema at that moment, as the migrations and boots of the same track made them."""
    if evidence.cell is not None and evidence.cell.actor is Actor.NEW_CONTROL:
        return "", (plan.labels or ("the old head",))[-1]  # made by the new release in one go
    numbers = _track(plan, evidence.number)
    labels = dict(zip(plan.revisions, plan.labels, strict=True))
    applied = ["the old head"]
    boots = boots_of(plan)
    for event in events:
        match event:
            case Migrated(revision=revision, number=number) if number in numbers and number < evidence.number:
                reached: tuple[str, ...] = (revision,)
            case ReplicaReady(moved=(_, reached), number=number) if number in numbers & boots:
                pass
            case _:
                continue
        applied.extend(label for label in (labels.get(each, each) for each in reached) if label not in applied)
    if isinstance(evidence, MigrationFailed):
        return applied[-1], f"{labels.get(evidence.revision, evidence.revision)} (not applied)"
    return (applied[-2], applied[-1]) if len(applied) > 1 else ("", applied[-1])


def _track(plan: Plan, number: int) -> frozenset[int]:
    """Numbers of the steps of the track in which a step is."""
    tracks = [frozenset(item.number for item in track.steps) for stage in plan.stages for track in stage.tracks]
    return next((numbers for numbers in tracks if number in numbers), frozenset())


def _fleet(evidence: Evidence, events: tuple[Event, ...]) -> tuple[str, ...]:
    database = _database(evidence, events)
    running: dict[str, str] = {}
    for event in events:
        match event:
            case ReplicaReady(replica=name, release=release, database=where, number=number):
                if where == database and number <= evidence.number:
                    running[name] = f"{name} ({release}) ready"
            case ReplicaStopped(replica=name, number=number) if number < evidence.number:
                running.pop(name, None)
            case _:
                pass
    if isinstance(evidence, ReplicaFailed):
        running[evidence.replica] = f"{evidence.replica} ({evidence.release}) failed"
    return tuple(running.values())


def _database(evidence: Evidence, events: tuple[Event, ...]) -> str:
    if not isinstance(evidence, Attempted):
        return evidence.database
    name = evidence.replicas[-1]
    return next((e.database for e in events if isinstance(e, ReplicaReady) and e.replica == name), "")
