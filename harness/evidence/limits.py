"""Whether requests were turned away because there were so many, or because of what a step did: both answer 429.

"Too Many Requests" (RFC 6585, section 4) is a rate limit's answer, and a rehearsal sends more than a user does. It is a
quota's answer too, and a quota lies in rows that a migration may change. A limit of the pace runs out: it lets a copy
through now and turns the next one away. What a step did is met by every copy that comes the same way, at the same
request, from the first one on, by a replica that has only just started too, and by none before the step.

A limit that is kept outside of the application, and runs out between the last request before a step and the first one
behind it, cannot be told apart from that; one that runs out at any other request can.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeAlias

from harness.evidence.outcome import path_without_ids
from harness.model.cell import BASE, BOOT_ACTORS, OWN, ROLLOUT, Actor, Cell

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from harness.model.events import Attempted

#: What was done for each journey in each cell.
Attempts: TypeAlias = "Mapping[tuple[Cell, str], Sequence[Attempted]]"

_TOO_MANY = 429
#: Whose replicas have only just started: a limit that is counted in a replica's memory begins anew in these.
_JUST_STARTED = frozenset({Actor.OLD_COLD, *BOOT_ACTORS, Actor.NEW_AHEAD, Actor.ROLL_BACK, Actor.EARLIER})
#: Of those that served before the step, who has only just started behind it.
_COLD = {Actor.OLD_WARM: Actor.OLD_COLD}
#: With one attempt alone nobody knows whether the next one would be turned away too.
_ENOUGH = 2


def is_turned_away(attempt: Attempted) -> bool:
    """Whether a copy failed because the application said that there were too many requests.

    Args:
        attempt: Of which nothing but that answer was bad.
    """
    if attempt.failure is None or any(exchange.is_bad for exchange in attempt.exchanges):
        return False
    return any(exchange.status == _TOO_MANY for exchange in attempt.exchanges)


def turned_away_by_step(attempts: Attempts, not_warm: Collection[Cell]) -> frozenset[tuple[Cell, str]]:
    """Journeys that were turned away by what a step did, not by a limit of the pace.

    Args:
        attempts: All that was done.
        not_warm: Cells before which requests failed that were to warm their replicas: a limit may have run out there.
    """
    cold = {Cell(cell.step, _COLD[cell.actor]) for cell in not_warm if cell.actor in _COLD}
    away = [key for key, done in attempts.items() if any(map(is_turned_away, done))]
    # Both releases answer in turn there, and may differ.
    if any(cell.actor is not Actor.MIXED and not _is_steady(attempts[cell, journey]) for cell, journey in away):
        return frozenset()  # a limit of the pace is there, and may have run out in the others too
    limited = {cell for (cell, _), done in attempts.items() if any(map(_meets_limit, done))}
    return frozenset(
        (cell, journey)
        for cell, journey in away
        if (started := _just_started(cell)) is not None
        and (started, journey) in away
        and started not in cold
        and control_of(cell) not in limited
    )


def control_of(cell: Cell) -> Cell:
    """Where the same release served on its own schema."""
    if cell.release:
        return Cell(OWN, Actor.EARLIER, cell.release)
    if cell.actor in {Actor.NEW_AHEAD, Actor.NEW_WARM, Actor.NEW, Actor.NEW_CONTROL}:
        return Cell(ROLLOUT, Actor.NEW_CONTROL)
    return Cell(BASE, Actor.CONTROL)


def _just_started(cell: Cell) -> Cell | None:
    """The cell in which replicas that have only just started meet the same; None where there is none."""
    if cell.actor in _JUST_STARTED:
        return cell
    return Cell(cell.step, _COLD[cell.actor]) if cell.actor in _COLD else None


def _meets_limit(attempt: Attempted) -> bool:
    """Whether there were too many requests at all, be it that the journey expects it."""
    return any(exchange.status == _TOO_MANY for exchange in attempt.exchanges)


def _is_steady(done: Sequence[Attempted]) -> bool:
    """Whether all copies that come the same way are turned away at the same request, or none of them is."""
    places: dict[str, list[tuple[object, ...] | None]] = defaultdict(list)
    for attempt in done:
        places[attempt.origin].append(_place(attempt) if is_turned_away(attempt) else None)
    return all(len(set(found)) == 1 and (found[0] is None or len(found) >= _ENOUGH) for found in places.values())


def _place(attempt: Attempted) -> tuple[object, ...]:
    """At which request a copy was turned away: in which segment, what it was, and how many like it went before."""
    asked = [(exchange.method, path_without_ids(exchange.path)) for exchange in attempt.exchanges]
    index = next(i for i, exchange in enumerate(attempt.exchanges) if exchange.status == _TOO_MANY)
    return (attempt.segment, *asked[index], asked[:index].count(asked[index]))
