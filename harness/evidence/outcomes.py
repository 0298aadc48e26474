"""What came of each journey in each cell, judged from the events alone."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from harness.evidence.coverage import cover
from harness.model.cell import BASE, ROLLOUT, ROLLOUT_ACTORS, Actor, Cell, Status
from harness.model.events import Attempted, MigrationFailed, ReplicaFailed, ReplicaReady, TrackStopped, Warmed
from harness.model.release import ReleaseName
from harness.plan.steps import Drive, Migrate, StartReplicas

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.evidence.coverage import Coverage
    from harness.model.events import Event
    from harness.model.observed import SqlError
    from harness.plan.steps import Plan

#: What can be shown for a failure.
Evidence: TypeAlias = Attempted | ReplicaFailed | MigrationFailed

#: Where the old release is asked whether it can live with a step.
OLD_HALF = (Actor.OLD_WARM, Actor.OLD_COLD)
#: Cells in which the new release alone answers: a bug of its own shows in its control run too.
NEW_ACTORS = frozenset({Actor.NEW_AHEAD, Actor.NEW_WARM, Actor.NEW})

_FAILED = frozenset({Status.FAIL, Status.TRANSIENT})
_VARIES = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\b\d+\b", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One journey in one cell.

    Args:
        cell: Step and actor.
        journey: The journey's name.
        status: What came of it.
        reason: One sentence where the status is not ``pass``, or where the pass is worth less than it seems.
        evidence: What went wrong, in order.
        signatures: What makes two failures the same one.
        inherited_from: Label of the step that caused it, where that is another one.
        moved_schema: Whether the replica moved the schema itself when it started, so that nothing can be said.
    """

    cell: Cell
    journey: str
    status: Status
    reason: str = ""
    evidence: tuple[Evidence, ...] = ()
    signatures: frozenset[str] = frozenset()
    inherited_from: str | None = None
    moved_schema: bool = False

    @property
    def own_failure(self) -> bool:
        """Whether it failed, and by this step's doing."""
        return self.status is Status.FAIL and self.inherited_from is None


def judge_outcomes(plan: Plan, events: Iterable[Event]) -> dict[tuple[Cell, str], Outcome]:
    """Judges every journey in every cell of a plan.

    Args:
        plan: Cells and journeys.
        events: What happened.

    Returns:
        One outcome for each cell and journey of the plan.
    """
    events = tuple(events)
    seen = _Seen.sort(plan, events)
    first = {(cell, journey): _judge(cell, journey, seen) for cell in plan.cells for journey in plan.journeys}
    return _doubt(plan, _blame(plan, first), cover(events))


def _doubt(
    plan: Plan, outcomes: dict[tuple[Cell, str], Outcome], covered: Mapping[str, Coverage]
) -> dict[tuple[Cell, str], Outcome]:
    """A pass of the old release at a step whose changes none of its statements met is no pass."""
    doubted = dict(outcomes)
    for label, coverage in covered.items():
        for key in [(Cell(label, actor), journey) for actor in OLD_HALF for journey in plan.journeys]:
            if coverage.untested and outcomes[key].status is Status.PASS:
                doubted[key] = replace(outcomes[key], status=Status.UNTESTED, reason=coverage.untested)
    return doubted


def signature(evidence: Evidence) -> str:
    """What makes two failures the same one: SQLSTATE and object, or request and status, or the journey's line.

    Numbers and identifiers of rows are left out. Never used to recognise what an error means.
    """
    match evidence:
        case ReplicaFailed(signature=text):
            return text
        case MigrationFailed(revision=revision, sqlstate=sqlstate):
            return f"migration {revision} {sqlstate}"
        case Attempted():
            if evidence.sql:
                return error_signature(evidence.sql[0])
            for exchange in evidence.exchanges:
                if exchange.status is None or exchange.status >= 500:  # noqa: PLR2004  RFC 9110, section 15.6
                    return f"{exchange.method} {_without_ids(exchange.path)} {exchange.status}"
            return f"{evidence.failure.kind} {evidence.failure.where}" if evidence.failure else ""


def error_signature(error: SqlError) -> str:
    """What makes two refusals the same one: the code, and the message without what varies from row to row.

    In class 22, "Data Exception", what follows the colon is the value; in others, quotation marks hold names.
    """
    message = error.message.partition(": ")[0] if error.sqlstate.startswith("22") else error.message
    return f"{error.sqlstate} {_VARIES.sub('N', message)}"


def _without_ids(path: str) -> str:
    """A path without its query and without the identifiers in it: the parts that hold a digit."""
    return "/".join("N" if any(map(str.isdigit, part)) else part for part in path.partition("?")[0].split("/"))


@dataclass
class _Seen:
    """Events by the cell that they count for."""

    tracks: dict[Cell, set[str]]
    attempts: dict[tuple[Cell, str], list[Attempted]] = field(default_factory=lambda: defaultdict(list))
    lost: dict[Cell, list[Evidence]] = field(default_factory=lambda: defaultdict(list))
    moved: dict[Cell, ReplicaReady] = field(default_factory=dict)
    stopped: list[TrackStopped] = field(default_factory=list)
    not_warm: dict[Cell, str] = field(default_factory=dict)

    @classmethod
    def sort(cls, plan: Plan, events: Iterable[Event]) -> _Seen:
        seen = cls(tracks=_tracks(plan))
        for event in events:
            match event:
                case Attempted():
                    seen.attempts[event.cell, event.journey].append(event)
                case ReplicaFailed(cell=Cell() as cell) | MigrationFailed(cell=Cell() as cell):
                    seen.lost[cell].append(event)
                case ReplicaReady(cell=Cell() as cell, moved=moved) if moved is not None:
                    seen.moved[cell] = event
                case TrackStopped():
                    seen.stopped.append(event)
                case Warmed(cell=cell, runs=runs):
                    short = [f"{name} ({count} of {wanted} runs)" for name, count, wanted in runs if count < wanted]
                    if short:
                        seen.not_warm[cell] = f"not shown to be warm before it: {', '.join(short)}"
                case _:
                    pass
        return seen


def _tracks(plan: Plan) -> dict[Cell, set[str]]:
    """The tracks in which each cell is driven."""
    tracks: dict[Cell, set[str]] = defaultdict(set)
    for track in (track for stage in plan.stages for track in stage.tracks):
        for item in track.steps:
            if isinstance(item.step, Drive):
                tracks[item.step.cell].add(track.name)
    return tracks


def _judge(cell: Cell, journey: str, seen: _Seen) -> Outcome:
    attempts, lost = seen.attempts[cell, journey], seen.lost[cell]

    def outcome(status: Status, reason: str = "", evidence: Iterable[Evidence] = ()) -> Outcome:
        kept = tuple(evidence)
        signatures = frozenset(signature(item) for item in kept)
        return Outcome(cell=cell, journey=journey, status=status, reason=reason, evidence=kept, signatures=signatures)

    failures = [attempt for attempt in attempts if attempt.failure is not None]
    if lost:
        first = lost[0]
        reason = first.reason if isinstance(first, ReplicaFailed) else "the migration failed"
        return outcome(Status.FAIL, reason, [*lost, *failures])
    ahead = Cell(cell.step, Actor.NEW_AHEAD)
    moved = seen.moved.get(ahead if cell.actor is Actor.NEW_WARM else cell)
    if moved is not None and moved.moved is not None and cell.actor is not Actor.OLD_BOOT:
        return replace(outcome(Status.UNTESTED, _describe_move(moved)), moved_schema=True)
    if not attempts:
        return outcome(*_why_nothing(cell, seen))
    if not failures and not any(attempt.exchanges for attempt in attempts):
        return outcome(Status.UNTESTED, "the journey sent no request")
    if not failures:
        doubts = (seen.not_warm.get(cell, ""), _refused_behind_success(attempts, seen))
        return outcome(Status.PASS, "; ".join(filter(None, doubts)))
    status = Status.TRANSIENT if all(_recovered(failure, attempts) for failure in failures) else Status.FAIL
    text = failures[0].failure.text.splitlines()[0] if failures[0].failure else ""
    return outcome(status, text, failures)


def _refused_behind_success(attempts: list[Attempted], seen: _Seen) -> str:
    """Statements that PostgreSQL refused while every answer was good, unless the control run lived with them too."""
    usual = {e.sqlstate for a in seen.attempts[Cell(BASE, Actor.CONTROL), attempts[0].journey] for e in a.sql}
    refused = [error for attempt in attempts for error in attempt.sql if error.sqlstate not in usual]
    if not refused:
        return ""
    first = refused[0]
    return f"{attempts[0].journey} passed, but PostgreSQL refused it statements: {first.sqlstate} {first.message}"


def _recovered(failure: Attempted, attempts: list[Attempted]) -> bool:
    """Whether the same kind of copy came as far as this one, later, without help."""
    later = attempts[attempts.index(failure) + 1 :]
    same = [a for a in later if a.origin == failure.origin and a.round > failure.round and a.segment >= failure.segment]
    return bool(same) and all(attempt.failure is None for attempt in same)


def _why_nothing(cell: Cell, seen: _Seen) -> tuple[Status, str]:
    if cell.actor is Actor.NEW_WARM and seen.lost[Cell(cell.step, Actor.NEW_AHEAD)]:
        return Status.SKIPPED, "the new release does not start on the schema before this step"
    if cell.step == ROLLOUT and seen.lost[Cell(ROLLOUT, Actor.MIXED)]:
        return Status.SKIPPED, "a new replica did not start in the rollout"
    stopped = [event for event in seen.stopped if not seen.tracks[cell] or event.track in seen.tracks[cell]]
    if stopped:
        return Status.SKIPPED, stopped[0].reason
    if cell.actor is Actor.OLD:
        return Status.UNTESTED, "no step comes before the code"
    if cell.actor is Actor.MIXED:
        return Status.UNTESTED, "with these settings the two releases never serve at the same time"
    return Status.SKIPPED, "the rehearsal ended before it"


def _describe_move(ready: ReplicaReady) -> str:
    before, after = ready.moved or ((), ())
    return (
        f"{ready.replica} moved the schema itself when it started "
        f"({', '.join(before) or 'nothing'} -> {', '.join(after) or 'nothing'}), so it never ran on the schema it was "
        "to be tried on"
    )


def _blame(plan: Plan, outcomes: dict[tuple[Cell, str], Outcome]) -> dict[tuple[Cell, str], Outcome]:
    """Marks what a cell merely inherits from another step, and what the new release's own control run shows too."""
    blamed = dict(outcomes)
    _blame_failed_migration(plan, blamed)
    for journey in plan.journeys:
        _blame_forwards(plan, journey, blamed)
        _blame_backwards(plan, journey, blamed)
        _blame_rollout(plan, journey, blamed)
        control = outcomes[Cell(ROLLOUT, Actor.NEW_CONTROL), journey]
        if control.status is not Status.FAIL:
            continue
        for cell in plan.cells:
            outcome = blamed[cell, journey]
            asked = cell.actor in NEW_ACTORS or cell.actor is Actor.MIXED
            if asked and outcome.status is Status.FAIL and outcome.signatures <= control.signatures:
                reason = "the new release fails this journey on a fresh database of its own too"
                blamed[cell, journey] = replace(outcome, status=Status.INCONCLUSIVE, reason=reason)
    return blamed


def _blame_failed_migration(plan: Plan, blamed: dict[tuple[Cell, str], Outcome]) -> None:
    """A migration that fails is told once: where the old release serves while it is applied."""
    lost = [key for key, o in blamed.items() if any(isinstance(item, MigrationFailed) for item in o.evidence)]
    guilty = next((cell.step for cell, _ in lost if cell.actor is Actor.OLD_WARM and cell.step in plan.labels), None)
    for key in lost:
        if guilty is not None and key[0] != Cell(guilty, Actor.OLD_WARM):
            blamed[key] = replace(blamed[key], inherited_from=guilty)


def _blame_forwards(plan: Plan, journey: str, blamed: dict[tuple[Cell, str], Outcome]) -> None:
    """What broke the old release for good at one step still breaks it at the next, until it was seen to work again."""
    for actors in (OLD_HALF, (Actor.OLD_BOOT,)):
        guilty: dict[str, str] = {}
        for label in plan.labels:
            found = [o for actor in actors if (o := blamed.get((Cell(label, actor), journey))) is not None]
            broken = [outcome for outcome in found if outcome.status is Status.FAIL]
            if found and all(outcome.status is Status.PASS for outcome in found):
                guilty = {}
            current = {text: guilty.get(text, label) for outcome in broken for text in outcome.signatures}
            for outcome in broken:
                _inherit(outcome, guilty, blamed)
            guilty = {**guilty, **current}


def _blame_backwards(plan: Plan, journey: str, blamed: dict[tuple[Cell, str], Outcome]) -> None:
    """What the new release misses before one step it may be missing because of a later one."""
    later: dict[str, str] = {}
    for label in reversed(plan.labels):
        warm, ahead = (blamed[Cell(label, actor), journey] for actor in (Actor.NEW_WARM, Actor.NEW_AHEAD))
        for outcome in (warm, ahead):
            if outcome.status is Status.FAIL:
                _inherit(outcome, later, blamed)
        if ahead.status is Status.PASS:
            later = {}
        elif ahead.status is Status.FAIL:
            later = {**later, **{text: later.get(text, label) for text in ahead.signatures}}


def _blame_rollout(plan: Plan, journey: str, blamed: dict[tuple[Cell, str], Outcome]) -> None:
    """What a step broke by itself, the rollout shows again on the schemas that it goes through.

    The old release is there on the schemas up to the split, the new one from the split on; what the new one suffers
    on earlier schemas is no excuse for what it suffers on these.
    """
    split = split_of(plan)
    met = [Cell(label, actor) for label in plan.labels[:split] for actor in OLD_HALF]
    met += [Cell(label, Actor.NEW_AHEAD) for label in plan.labels[split : split + 1]]
    met += [Cell(label, Actor.NEW_WARM) for label in plan.labels[split:]]
    lasting: dict[str, str] = {}
    passing: dict[str, str] = {}
    for outcome in (blamed[cell, journey] for cell in met):
        for text in outcome.signatures if outcome.status in _FAILED else ():
            known = lasting if outcome.status is Status.FAIL else passing
            known.setdefault(text, outcome.inherited_from or outcome.cell.step)
    for actor in ROLLOUT_ACTORS:
        outcome = blamed[Cell(ROLLOUT, actor), journey]
        if outcome.status in _FAILED:
            _inherit(outcome, lasting if outcome.status is Status.FAIL else {**passing, **lasting}, blamed)


def _inherit(outcome: Outcome, guilty: dict[str, str], blamed: dict[tuple[Cell, str], Outcome]) -> None:
    """Marks an outcome as inherited where all that it shows is known from another step."""
    if outcome.signatures and outcome.signatures <= guilty.keys():
        first = signature(outcome.evidence[0])
        blamed[outcome.cell, outcome.journey] = replace(outcome, inherited_from=guilty[first])


def split_of(plan: Plan) -> int:
    """How many steps the rehearsed rollout makes before its first new replica."""
    track = next((t for stage in plan.stages for t in stage.tracks if t.name == ROLLOUT), None)
    migrated = 0
    for item in track.steps if track is not None else ():
        match item.step:
            case Migrate():
                migrated += 1
            case StartReplicas(replicas=replicas) if any(r.release is ReleaseName.NEW for r in replicas):
                break
            case _:
                pass
    return migrated
