"""Migrations that cannot be run again once they were killed half-way, or that do something else then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.evidence.checks.check import Check
from harness.evidence.differences import say_difference
from harness.evidence.locks import short
from harness.model.cell import Actor, Status
from harness.model.events import Attempted
from harness.model.finding import Finding, Judgement, Weight, judged
from harness.model.torn import MOST_POINTS, Torn

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from harness.evidence.timeline import Timeline
    from harness.model.torn import Tear

#: Those who serve while a step is run: what breaks for them anyhow is told there.
_SERVING = frozenset({Actor.OLD_WARM, Actor.OLD_COLD, Actor.NEW_WARM})


def judge(timeline: Timeline, step: str) -> Judgement:
    """What a second run finds and leaves, and who can live with it, for each point at which the first was killed.

    Args:
        timeline: What happened.
        step: Label of the step.
    """
    torn = next((event for event in timeline.of(Torn) if event.label == step), None)
    if torn is None:
        reason = (
            timeline.why_stopped()
            or "nobody was killed here: kill_migrator is turned off under [disturbances], or the rehearsal ended before"
        )
        return Judgement(status=Status.SKIPPED, reason=reason)
    if torn.reason:
        return Judgement(status=Status.UNTESTED, reason=torn.reason)
    if not torn.tears:
        return Judgement(status=Status.UNTESTED, reason="the migration commits nothing at which it could be killed")
    served = [e for e in timeline.of(Attempted) if e.cell.step == step and e.cell.actor in _SERVING]
    well = {e.journey for e in served if e.failure is None} - {e.journey for e in served if e.failure is not None}
    groups: dict[tuple[object, ...], list[Tear]] = {}
    for tear in torn.tears:
        groups.setdefault((tear.error, tear.schema, tear.rows), []).append(tear)
    again = (finding for tears in groups.values() for finding in _findings(tears[0], len(tears) - 1))
    return judged((*again, *_unserved(torn, well), *_untried(torn)))


def _untried(torn: Torn) -> Iterator[Finding]:
    """That there may be more points than it was killed at."""
    if len(torn.tears) >= MOST_POINTS:
        yield Finding(
            headline=f"it was killed at the first {MOST_POINTS} points at which it commits; what comes behind those "
            "was not tried",
            weight=Weight.NOTE,
            remedy="where the rest of it is another kind of work, give that a step of its own",
        )


def _unserved(torn: Torn, well: Collection[str]) -> Iterator[Finding]:
    """What breaks on what a killed run left, of the journeys that go well behind the whole step."""
    seen: set[tuple[str, tuple[str, ...]]] = set()
    for tear in torn.tears:
        for item in tear.unserved:
            if not (item.journey in well if item.journey else well) or (item.journey, item.sqlstates) in seen:
                continue
            seen.add((item.journey, item.sqlstates))
            what = f"{item.journey} fails" if item.journey else "it does not start"
            yield Finding(
                headline=f"{_where(tear)}, {torn.replica} has to serve on what is left, and {what}: {item.reason}",
                details=tuple(_left(tear)),
                remedy="put what has to come together into one transaction, or order the statements so that whoever "
                "serves can live with each state between them",
                sqlstates=item.sqlstates,
            )


def _findings(tear: Tear, more: int) -> Iterator[Finding]:
    """What is wrong at one point, and at so many others likewise."""
    where = _where(tear)
    also = (f"the same at {more} later point{'s' if more > 1 else ''}",) if more else ()
    left = (*_left(tear), *also)
    if tear.error:
        yield Finding(
            headline=f"{where}, it cannot be run again: {tear.error}",
            details=left,
            remedy="let each statement that commits by itself bear being made twice: IF NOT EXISTS for tables and "
            "columns, DROP INDEX CONCURRENTLY IF EXISTS before CREATE INDEX CONCURRENTLY",
            sqlstates=(tear.sqlstate,) if tear.sqlstate else (),
        )
    elif tear.schema:
        yield Finding(
            headline=f"{where} and run again, it leaves another schema than without: {say_difference(tear.schema[0])}",
            details=(*map(say_difference, tear.schema[1:]), *left),
            remedy="have the second run look whether what it finds is whole: DROP INDEX IF EXISTS before CREATE INDEX "
            "CONCURRENTLY, not IF NOT EXISTS, which takes an INVALID index for a good one",
        )
    elif tear.rows:
        yield Finding(
            headline=f"{where} and run again, it leaves other rows in {', '.join(tear.rows)} than without",
            details=left,
            remedy="write rows so that a second run changes nothing more: by a condition that tells what is done "
            "already, or in the transaction of the version table",
        )


def _where(tear: Tear) -> str:
    return f"killed behind {short(tear.statement)}" if tear.statement else "killed before any of it was committed"


def _left(tear: Tear) -> Iterator[str]:
    """What the second run found, one sentence each."""
    yield from (f"the killed run had left: {change.text}" for change in tear.left)
    if tear.left_rows:
        yield f"the killed run had left other rows than it found in {', '.join(tear.left_rows)}"


CHECK = Check(
    name="torn-migration",
    title="can each migration be run again when it was killed half-way?",
    judge=judge,
    old_alone=False,
)
