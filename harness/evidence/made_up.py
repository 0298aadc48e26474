"""What only the whole run tells of a refusal: whether the application made up for it, and whether it lost a write.

Behind a refused statement another of its kind went through: sent again, or for another row. Where each request of a
kind stores as often each time, one that stores less often now did not send the refused one again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from harness.evidence.former import UNIQUE_VIOLATION
from harness.evidence.outcome import NEW_HALF
from harness.evidence.usual import Told
from harness.model.cell import BASE, OWN, ROLLOUT, Actor, Cell
from harness.model.events import Attempted, SchemaChanged
from harness.model.named import find_named
from harness.model.release import ReleaseName
from harness.model.statement import target

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.evidence.usual import Kind
    from harness.model.events import Event
    from harness.model.observed import SqlError

#: What was seen once may be chance.
_ENOUGH = 2
_NEW_CONTROL = Cell(ROLLOUT, Actor.NEW_CONTROL)


def settle(events: Iterable[Event]) -> Iterator[Event]:
    """The events, in which no refusal is said to be made up for where a row is missing, and functions that write do.

    Args:
        events: What happened.
    """
    events = tuple(events)
    control: dict[tuple[Cell, str], _Written] = defaultdict(_Written)
    for event in events:
        if isinstance(event, Attempted) and (event.cell in _CONTROLS or event.cell.step == OWN):
            control[event.cell, event.journey].learn(event)
    writers = frozenset(name for event in events if isinstance(event, SchemaChanged) for name in event.writers)
    for event in events:
        yield _settle(event, control, writers) if isinstance(event, Attempted) and event.sql else event


_CONTROLS = frozenset({Cell(BASE, Actor.CONTROL), _NEW_CONTROL})


def _settle(attempt: Attempted, control: dict[tuple[Cell, str], _Written], writers: frozenset[str]) -> Attempted:
    is_control = attempt.cell in _CONTROLS or attempt.cell.step == OWN
    sql = []
    for error in attempt.sql:
        settled = replace(error, calls_writer=bool(writers and writers & find_named(error.statement).met))
        usual = control[_control_of(attempt, error), attempt.journey]
        if error.retried and not is_control and usual.is_short(attempt, error):
            settled = replace(settled, retried=False)
        sql.append(settled)
    return replace(attempt, sql=tuple(sql))


def _control_of(attempt: Attempted, error: SqlError) -> Cell:
    """Where the release is driven that was refused something, on its own schema."""
    if attempt.cell.release:
        return Cell(OWN, Actor.EARLIER, attempt.cell.release)
    is_new = attempt.cell.actor in NEW_HALF or error.replica.startswith(f"{ReleaseName.NEW}-")
    return _NEW_CONTROL if is_new else Cell(BASE, Actor.CONTROL)


@dataclass(frozen=True)
class _Written:
    """What each kind of request stores in a control run.

    Args:
        met: How often it was sent.
        times: How often it stored something with each verb in each table, where it did.
        statements: By which statements.
    """

    met: Counter[Kind] = field(default_factory=Counter)
    times: dict[tuple[Kind, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    statements: dict[tuple[Kind, str], set[str]] = field(default_factory=lambda: defaultdict(set))

    def learn(self, attempt: Attempted) -> None:
        """Adds what was seen.

        Args:
            attempt: One of the control run.
        """
        for kinds in _kinds(attempt):
            self.met.update(kinds)
            found: Counter[tuple[int, str]] = Counter()
            for wrote in attempt.wrote:
                if wrote.exchange is not None:
                    found[wrote.exchange, wrote.target] += wrote.times
                    self.statements[kinds[wrote.exchange], wrote.target].add(wrote.statement)
            for (index, stored), count in found.items():
                self.times[kinds[index], stored].append(count)

    def is_short(self, attempt: Attempted, error: SqlError) -> bool:
        """Whether the request that was refused something stores less often than each time in the control run.

        Nobody knows where it stored by another statement, or outside of every request. A row that is there already need
        not be stored.

        Args:
            attempt: What the copy did.
            error: One of what it was refused.
        """
        stored, index = target(error.statement), error.exchange
        if not stored or index is None or error.sqlstate == UNIQUE_VIOLATION:
            return False
        fine, coarse = (kinds[index] for kinds in _kinds(attempt))
        kind = fine if fine in self.met else coarse
        times = self.times.get((kind, stored), [])
        if self.met.get(kind, 0) < _ENOUGH or len(times) != self.met[kind] or len(set(times)) != 1:
            return False
        now = [wrote for wrote in attempt.wrote if wrote.target == stored and wrote.exchange in {index, None}]
        known = all(w.exchange is not None and w.statement in self.statements[kind, stored] for w in now)
        return known and sum(wrote.times for wrote in now) < times[0]


def _kinds(attempt: Attempted) -> tuple[list[Kind], list[Kind]]:
    told = Told(attempt=attempt)
    return told.kinds(fine=True), told.kinds(fine=False)
