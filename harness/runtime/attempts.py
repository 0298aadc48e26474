"""What is made of an attempt once it ran: whose statements were refused meanwhile, and whether to go on at all."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from harness.errors import ReleaseError
from harness.model.release import ReleaseName
from harness.model.statement import fingerprint, target

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from harness.model.events import Attempted, ReplicaFailed
    from harness.model.observed import SqlError
    from harness.runtime.observer import Logged

#: The log cuts its times off to milliseconds.
_CLOCK_GRAIN = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Done:
    """An attempt and when it ran, by the clock that PostgreSQL's log shows too."""

    event: Attempted
    began: datetime
    ended: datetime


@dataclass(frozen=True)
class Assigned:
    """What was logged, sorted by the attempts that ran meanwhile.

    Args:
        attempts: With the statements that each of them was refused, in the order in which they ran.
        background: What was refused while no attempt ran through that replica.
    """

    attempts: tuple[Attempted, ...]
    background: tuple[SqlError, ...]


def assign_logged(
    logged: list[Logged], done: list[Done], *, complete: bool, background: Collection[str] = frozenset()
) -> Assigned:
    """Gives each refused statement to the attempt during which it happened.

    The log has milliseconds, in which one attempt may end and another begin: there the first has it that failed and
    has none yet.

    Args:
        logged: What was sent and refused, in order.
        done: The attempts, in order.
        complete: Whether the log has every statement, so that it tells what went through in the end.
        background: Fingerprints of statements that are sent without a request too: they belong to no attempt.
    """
    mine: dict[int, list[Logged]] = defaultdict(list)
    alone: list[SqlError] = []
    for index, item in enumerate(logged):
        if item.error is None:
            continue
        during = [
            one
            for one in done
            if item.replica in one.event.replicas
            and one.began - _CLOCK_GRAIN < item.time <= one.ended
            and fingerprint(item.statement) not in background
        ]
        during.sort(key=lambda one: (one.event.failure is None, id(one.event) in mine, one.began))
        until = during[0].ended if during else None
        error = replace(item.error, retried=_is_retried(item, logged[index:], until) if complete else None)
        if during:
            error = replace(error, exchange=_exchange(item.time, during[0]))
            mine[id(during[0].event)].append(replace(item, error=error))
        else:
            alone.append(error)
    attempts = (
        replace(one.event, sql=tuple(item.error for item in mine[id(one.event)] if item.error is not None))
        for one in done
    )
    return Assigned(tuple(attempts), tuple(alone))


def _is_retried(refused: Logged, later: list[Logged], until: datetime | None) -> bool:
    """Whether the last that was heard of such a statement is not that it was refused.

    A write that was refused may be made good by another statement on the same table.
    """
    wanted = _kind(refused.statement)
    same = [
        item
        for item in later
        if item.replica == refused.replica and (until is None or item.time <= until) and _kind(item.statement) == wanted
    ]
    return same[-1].error is None


def _kind(statement: str) -> str:
    return target(statement) or fingerprint(statement)


def _exchange(time: datetime, one: Done) -> int | None:
    """Index of the exchange during which something happened."""
    for index, exchange in enumerate(one.event.exchanges):
        began = one.began + timedelta(seconds=exchange.at_s)
        if began - _CLOCK_GRAIN <= time <= began + timedelta(seconds=exchange.duration_s) + _CLOCK_GRAIN:
            return index
    return None


def refuse_unusable(event: Attempted) -> None:
    """Ends the rehearsal where a journey cannot be used: nothing that it says later would mean anything.

    Raises:
        ReleaseError: It failed in the control run, or ended before its first yield.
    """
    if event.failure is not None:
        said = "; ".join(f"PostgreSQL {error.sqlstate}: {error.message}" for error in event.sql[:1])
        at = f" at {event.failure.where}" if event.failure.where else ""
        whose = event.cell.release or ReleaseName.OLD
        raise ReleaseError(
            f"the journey {event.journey} fails in the control run, on the {whose} release and its own schema "
            f"(step {event.number}, {event.replicas[-1]}){at}: {event.failure.kind}: {event.failure.text}"
            + (f"; {said}" if said else "")
            + "; correct the journey or the release, since nothing after it would mean anything"
        )
    if event.ended and event.segment == 0:
        raise ReleaseError(
            f"the journey {event.journey} ended before its first yield, so there is nothing to resume in a later "
            "state: yield between what it writes and what it reads"
        )


def describe_failed_start(failed: ReplicaFailed) -> str:
    """Why a release that must start did not, with the end of its log."""
    log = "\n".join(f"    {line}" for line in failed.log)
    return (
        f"the {failed.release} release does not start on its own schema ({failed.replica}, step {failed.number}): "
        f"{failed.reason}; see serve, env and ready in the settings"
        + (f"\n  last lines of its log:\n{log}" if log else "")
    )
