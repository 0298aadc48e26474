"""What came of each journey in each cell, judged from the events alone."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from harness.evidence.blame import blame, boots_of
from harness.evidence.coverage import cover
from harness.evidence.former import UNIQUE_VIOLATION, Former
from harness.evidence.limits import is_turned_away, turned_away_by_step
from harness.evidence.lost_writes import lost_write
from harness.evidence.made_up import settle
from harness.evidence.outcome import FRESH, NEW_HALF, OLD_HALF, Evidence, Outcome, is_silent, signature
from harness.evidence.tightened import changes_until, may_miss_rows, may_refuse_more, written_until
from harness.evidence.usual import Told, Usual, name_refusal
from harness.model.cell import BASE, BOOT_ACTORS, OWN, ROLLOUT, Actor, Cell, Status
from harness.model.events import Asked, Attempted, MigrationFailed, ReplicaFailed, ReplicaReady, Warmed
from harness.model.release import NEVER_STARTED, ReleaseName
from harness.model.tracks import TrackStopped
from harness.plan.steps import Drive

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.model.events import Event
    from harness.model.observed import SqlError
    from harness.model.schema import SchemaChange
    from harness.plan.steps import Plan


_LIMITED = (
    "the application answered 429 Too Many Requests, since a rehearsal sends more than a user does: turn its rate "
    "limit off by env under [release]"
)
_TURNED_AWAY = (
    "the application answered 429 Too Many Requests to every copy that came to this request, and to none before: a "
    "limit of the pace runs out elsewhere; if it is one all the same, turn it off by env under [release]"
)


def judge_outcomes(plan: Plan, events: Iterable[Event]) -> dict[tuple[Cell, str], Outcome]:
    """Judges every journey in every cell of a plan.

    Args:
        plan: Cells and journeys.
        events: What happened.

    Returns:
        One outcome for each cell and journey of the plan.
    """
    events = tuple(events)
    return doubt(plan, judge_undoubted(plan, events), events)


def judge_undoubted(plan: Plan, events: Iterable[Event]) -> dict[tuple[Cell, str], Outcome]:
    """The same, without asking whether what a step changed was met: of a part of the journeys others may have met it.

    Args:
        plan: Cells and journeys.
        events: What happened.
    """
    seen = _Seen.sort(plan, settle(events))
    first = {(cell, journey): _judge(cell, journey, seen) for cell in plan.cells for journey in plan.journeys}
    return blame(plan, first)


def judge_apart(plan: Plan, events: Iterable[Event], cells: Iterable[Cell]) -> dict[tuple[Cell, str], Outcome]:
    """Judges every journey in cells of their own, by what happened there alone.

    Args:
        plan: Its journeys.
        events: What happened.
        cells: None of the plan's, whose failures blame one another.
    """
    seen = _Seen.sort(plan, settle(events))
    return {(cell, journey): _judge(cell, journey, seen) for cell in cells for journey in plan.journeys}


def doubt(
    plan: Plan, outcomes: dict[tuple[Cell, str], Outcome], events: Iterable[Event]
) -> dict[tuple[Cell, str], Outcome]:
    """A pass of a release at a step whose changes none of its statements met is no pass.

    Where some journeys meet them, the others pass, and tell nothing.

    Args:
        plan: Its journeys.
        outcomes: One for each cell and journey.
        events: What happened.
    """
    events = tuple(events)
    doubted = dict(outcomes)
    for release, half in ((ReleaseName.OLD, OLD_HALF), (ReleaseName.NEW, NEW_HALF)):
        for label, coverage in cover(events, release).items():
            for key in [(Cell(label, actor), journey) for actor in half for journey in plan.journeys]:
                doubted[key] = replace(outcomes[key], meets=coverage.is_met_by(key[1]))
                if coverage.untested and outcomes[key].status is Status.PASS:
                    doubted[key] = replace(outcomes[key], status=Status.UNTESTED, reason=coverage.untested)
    return doubted


@dataclass
class _Seen:
    """Events by the cell that they count for."""

    tracks: dict[Cell, set[str]]
    boots: frozenset[int]
    attempts: dict[tuple[Cell, str], list[Attempted]] = field(default_factory=lambda: defaultdict(list))
    lost: dict[Cell, list[Evidence]] = field(default_factory=lambda: defaultdict(list))
    moved: dict[Cell, ReplicaReady] = field(default_factory=dict)
    stopped: list[TrackStopped] = field(default_factory=list)
    not_warm: dict[Cell, str] = field(default_factory=dict)
    turned_away: frozenset[tuple[Cell, str]] = frozenset()
    runs_already: bool = False
    copies: dict[tuple[str, int], list[Attempted]] = field(default_factory=lambda: defaultdict(list))
    changes: dict[str, tuple[SchemaChange, ...]] = field(default_factory=dict)
    written: dict[str, frozenset[str]] = field(default_factory=dict)
    former: dict[str, Former] = field(default_factory=dict)
    _excuses: dict[tuple[Cell, str], _Excuses] = field(default_factory=dict)

    @classmethod
    def sort(cls, plan: Plan, events: Iterable[Event]) -> _Seen:
        seen = cls(tracks=_tracks(plan), boots=boots_of(plan))
        events = tuple(events)
        seen.runs_already = any(event.runs_already for event in events if isinstance(event, Asked))
        places = (BASE, OWN, *plan.labels, ROLLOUT)
        seen.changes = {step: changes_until(events, plan.labels, step) for step in places}
        seen.written = {step: written_until(events, plan.labels, step) for step in places}
        seen.former = {step: Former.of(changes) for step, changes in seen.changes.items()}
        for event in events:
            match event:
                case Attempted():
                    seen.attempts[event.cell, event.journey].append(event)
                    seen.copies[event.journey, event.copy].append(event)
                case ReplicaFailed(cell=Cell() as cell) | MigrationFailed(cell=Cell() as cell):
                    seen.lost[cell].append(event)
                case ReplicaReady(cell=Cell() as cell, moved=moved, number=number) if (
                    moved is not None and number not in seen.boots
                ):
                    seen.moved[cell] = event
                case TrackStopped():
                    seen.stopped.append(event)
                case Warmed(cell=cell, runs=runs):
                    short = [f"{name} ({count} of {wanted} runs)" for name, count, wanted in runs if count < wanted]
                    if short:
                        seen.not_warm[cell] = f"not shown to be warm before it: {', '.join(short)}"
                case _:
                    pass
        return replace(seen, turned_away=turned_away_by_step(seen.attempts, seen.not_warm))

    def tell(self, attempt: Attempted) -> Told:
        """What a copy did, and before it; numbers of copies are used again by another part of the plan."""
        earlier: list[Attempted] = []
        for other in self.copies[attempt.journey, attempt.copy]:
            if other is attempt or attempt.origin == FRESH:
                break
            earlier = [other] if other.origin == FRESH else [*earlier, other]
        former = self.former.get(attempt.cell.step, self.former[ROLLOUT])
        return Told(attempt=attempt, earlier=earlier, former=former)

    def excuses(self, cell: Cell, journey: str) -> _Excuses:
        """What the application lives with in a cell."""
        control = Cell(OWN, Actor.EARLIER, cell.release) if cell.release else Cell(BASE, Actor.CONTROL)
        if (control, journey) not in self._excuses:
            usual = Usual.see(map(self.tell, self.attempts[control, journey]))
            new = Usual.see(map(self.tell, self.attempts[Cell(ROLLOUT, Actor.NEW_CONTROL), journey]))
            self._excuses[control, journey] = _Excuses(self, usual, _idempotent(journey, self), new)
        return self._excuses[control, journey]


@dataclass(frozen=True)
class _Excuses:
    """What an application is refused and lives with.

    Args:
        seen: What happened.
        usual: In the control run.
        idempotent: What the new release is refused in its own control run where it is asked for a row once more.
        new: In that of the new release.
    """

    seen: _Seen
    usual: Usual
    idempotent: frozenset[str]
    new: Usual

    def allow(self, attempt: Attempted, error: SqlError) -> bool:
        """Whether that is one of these."""
        told = self.seen.tell(attempt)
        if self.usual.excuses(told, error) and not self._is_exceeded(told, error):
            return True
        if not self.usual.knows(told, error) and self._is_refused_anyway(told, error):
            return True
        return name_refusal(error) in self.idempotent and _was_stored(told, error)

    def is_known(self, attempt: Attempted, error: SqlError) -> bool:
        """Whether the control run met the like, as usual or not."""
        told = self.seen.tell(attempt)
        return self.usual.knows(told, error) or self._is_refused_anyway(told, error)

    def _is_refused_anyway(self, told: Told, error: SqlError) -> bool:
        return self.usual.refuses_anyway(told, error, self._changes(told))

    def _changes(self, told: Told) -> tuple[SchemaChange, ...]:
        """What steps did to the schema that a copy meets."""
        return self.seen.changes.get(told.attempt.cell.step, self.seen.changes[ROLLOUT])

    def _is_exceeded(self, told: Told, error: SqlError) -> bool:
        """Whether a step made more of them; the new release may be refused what its own control run is refused."""
        cell, changes = told.attempt.cell, self._changes(told)
        tightened = may_refuse_more(changes, error)
        written = self.seen.written.get(cell.step, self.seen.written[ROLLOUT])
        if cell.actor is Actor.NEW_CONTROL or not (tightened or may_miss_rows(written, error)):
            return False
        is_new = cell.actor in NEW_HALF or error.replica.startswith(f"{ReleaseName.NEW}-")
        usual = (self.usual, self.new) if is_new else (self.usual,)
        return all(
            (tightened and one.meets_another_row(told, error, changes)) or one.is_exceeded(told, error) for one in usual
        )

    def leave_out(self, attempt: Attempted) -> Attempted:
        """A failure without such refusals as did not bring it about: those behind which the request was answered well.

        They are the same in every failure of the journey, and would make each two of them the same one. The last answer
        is the one at which the journey gave up.
        """
        last = len(attempt.exchanges) - 1 if attempt.failure is not None else None

        def is_beside(error: SqlError) -> bool:
            index = error.exchange
            well = index is not None and index != last and not attempt.exchanges[index].is_bad
            return well and self.allow(attempt, error)

        return replace(attempt, sql=tuple(error for error in attempt.sql if not is_beside(error)))


def _tracks(plan: Plan) -> dict[Cell, set[str]]:
    """The tracks in which each cell is driven."""
    tracks: dict[Cell, set[str]] = defaultdict(set)
    for track in (track for stage in plan.stages for track in stage.tracks):
        for item in track.steps:
            if isinstance(item.step, Drive):
                tracks[item.step.cell].add(track.name)
    return tracks


def _judge(cell: Cell, journey: str, seen: _Seen) -> Outcome:  # noqa: PLR0911  one for each status
    attempts, lost = seen.attempts[cell, journey], seen.lost[cell]
    excuses = seen.excuses(cell, journey)

    def outcome(status: Status, reason: str = "", evidence: Iterable[Evidence] = ()) -> Outcome:
        kept = tuple(excuses.leave_out(item) if isinstance(item, Attempted) else item for item in evidence)
        signatures = frozenset(signature(item) for item in kept)
        return Outcome(cell=cell, journey=journey, status=status, reason=reason, evidence=kept, signatures=signatures)

    failures = [a for a in attempts if a.failure is not None or lost_write(a, excuses.allow)]
    if lost:
        first = lost[0]
        reason = first.reason if isinstance(first, ReplicaFailed) else "the migration failed"
        return outcome(Status.FAIL, reason, [*lost, *failures])
    ahead = Cell(cell.step, Actor.NEW_AHEAD)
    moved = seen.moved.get(ahead if cell.actor is Actor.NEW_WARM else cell)
    if moved is not None and moved.moved is not None and cell.actor not in BOOT_ACTORS:
        return replace(outcome(Status.UNTESTED, _describe_move(moved)), moved_schema=True)
    if seen.runs_already and cell.actor is Actor.OLD_COLD:
        return replace(outcome(Status.UNTESTED, NEVER_STARTED), can_be_tried=False)
    if not attempts:
        return outcome(*_why_nothing(cell, seen))
    if not failures and not any(attempt.exchanges for attempt in attempts):
        return outcome(Status.UNTESTED, "the journey sent no request")
    if not failures:
        doubts = (seen.not_warm.get(cell, ""), _refused_behind_success(attempts, excuses))
        return outcome(Status.PASS, "; ".join(filter(None, doubts)))
    if all(map(is_turned_away, failures)):
        by_step = (cell, journey) in seen.turned_away
        return outcome(*((Status.FAIL, _TURNED_AWAY) if by_step else (Status.INCONCLUSIVE, _LIMITED)), failures)
    recovered = all(
        failure.failure is not None and _recovered(failure, attempts, silent=is_silent(excuses.leave_out(failure)))
        for failure in failures
    )
    return outcome(Status.TRANSIENT if recovered else Status.FAIL, _describe_failure(failures[0], excuses), failures)


def _idempotent(journey: str, seen: _Seen) -> frozenset[str]:
    """Unique violations with which the new release answers a request that comes twice, as webhooks and retries do."""
    control = [seen.tell(a) for a in seen.attempts[Cell(ROLLOUT, Actor.NEW_CONTROL), journey] if a.failure is None]
    return frozenset(name_refusal(e) for told in control for e in told.attempt.sql if _was_stored(told, e))


def _was_stored(told: Told, error: SqlError) -> bool:
    """Whether the very same request was answered well before, and refused nothing: its row is there already."""
    return error.sqlstate == UNIQUE_VIOLATION and error.exchange is not None and told.was_stored(error.exchange)


def _describe_failure(attempt: Attempted, excuses: _Excuses) -> str:
    if attempt.failure is not None:
        return attempt.failure.text.splitlines()[0]
    error = lost_write(attempt, excuses.allow)
    return f"a write was acknowledged and never stored: {error.sqlstate} {error.message}" if error is not None else ""


def _refused_behind_success(attempts: list[Attempted], excuses: _Excuses) -> str:
    """Statements that PostgreSQL refused while every answer was good, unless the control run lived with them too."""
    refused = [error for attempt in attempts for error in attempt.sql if not excuses.is_known(attempt, error)]
    if not refused:
        return ""
    first = refused[0]
    how = "; the application made up for it" if all(error.retried for error in refused) else ""
    return f"{attempts[0].journey} passed, but PostgreSQL refused a statement: {first.sqlstate} {first.message}{how}"


def _recovered(failure: Attempted, attempts: list[Attempted], *, silent: bool) -> bool:
    """Whether the same kind of copy came as far as this one, later, without help.

    Another copy has rows of its own: where only the journey says that its earlier ones are wrong, that tells nothing.
    """
    if silent and failure.origin != FRESH:
        return False
    later = attempts[attempts.index(failure) + 1 :]
    same = [a for a in later if a.origin == failure.origin and a.round > failure.round and a.segment >= failure.segment]
    return bool(same) and all(attempt.failure is None for attempt in same)


def _why_nothing(cell: Cell, seen: _Seen) -> tuple[Status, str]:  # noqa: PLR0911  one sentence for each reason
    if cell.actor is Actor.NEW_WARM and seen.lost[Cell(cell.step, Actor.NEW_AHEAD)]:
        return Status.SKIPPED, "the new release does not start on the schema before this step"
    if cell.actor is Actor.OLD and seen.boots:
        return Status.UNTESTED, "the new replicas run the steps when they start, so that none comes before them"
    lost = {item.number for item in seen.lost[Cell(ROLLOUT, Actor.MIXED)]}
    if cell.step == ROLLOUT and lost and not any(event.number in lost for event in seen.stopped):
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
