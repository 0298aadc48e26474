"""What is made of an attempt once it ran: whose statements were refused meanwhile, and whether to go on at all."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from harness.errors import ReleaseError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from harness.model.events import Attempted, ReplicaFailed
    from harness.runtime.observer import Refusal

#: The log cuts its times off to milliseconds.
_CLOCK_GRAIN = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Done:
    """An attempt and when it ran, by the clock that PostgreSQL's log shows too."""

    event: Attempted
    began: datetime
    ended: datetime


def assign_refusals(refusals: list[Refusal], done: list[Done]) -> Iterator[Attempted]:
    """Gives each refused statement to the attempt during which it happened.

    The log has milliseconds, in which one attempt may end and another begin: there the first has it that failed and
    has none yet.
    """
    mine: dict[int, list[Refusal]] = defaultdict(list)
    for refusal in refusals:
        during = [
            item
            for item in done
            if refusal.error.replica in item.event.replicas and item.began - _CLOCK_GRAIN < refusal.time <= item.ended
        ]
        during.sort(key=lambda item: (item.event.failure is None, id(item.event) in mine, item.began))
        if during:
            mine[id(during[0].event)].append(refusal)
    for item in done:
        yield replace(item.event, sql=tuple(refusal.error for refusal in mine[id(item.event)]))


def refuse_unusable(event: Attempted) -> None:
    """Ends the rehearsal where a journey cannot be used: nothing that it says later would mean anything.

    Raises:
        ReleaseError: It failed in the control run, or ended before its first yield.
    """
    if event.failure is not None:
        said = "; ".join(f"PostgreSQL {error.sqlstate}: {error.message}" for error in event.sql[:1])
        at = f" at {event.failure.where}" if event.failure.where else ""
        raise ReleaseError(
            f"the journey {event.journey} fails in the control run, on the old release and its own schema "
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
