"""What background traffic meets before something is run, and beside it; and what PostgreSQL refuses meanwhile."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.model.exchange import Met
from harness.runtime.waiting import sleep

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.model.exchange import TrafficFailure
    from harness.runtime.parts import Background, Request
    from harness.runtime.postgres import LogEntry

#: The log cuts its times off to milliseconds.
_GRAIN_S = 0.002
#: Every client is to finish one journey before; one that cannot is not waited for any longer.
_LEAD_S = 2.0
#: Journeys that were under way in the end see what became of what they wrote.
_TAIL_S = 1.0
#: The second look is to tell what is run from what requests meet at any time: so long they are sent before.
CONTROL_S = 3.0
_REFUSED = frozenset({"ERROR", "FATAL", "PANIC"})


def lead_in(background: Background, alone_s: float = 0.0, *, lasts_s: float = math.inf) -> None:
    """Waits until traffic is under way, with journeys that last to :func:`lead_out`.

    Args:
        background: Sends the requests.
        alone_s: In the second look, for how long there is as much of it before, where nothing is run.
        lasts_s: How long what is run takes by itself, where that is known.
    """
    background.await_warm(_LEAD_S)
    if alone_s:
        background.begin_lasting(lasts_s)
        sleep(alone_s)
        background.end_lasting()
    background.begin_lasting(lasts_s)


def lead_out(background: Background) -> tuple[tuple[Request, ...], tuple[TrafficFailure, ...]]:
    """Waits until journeys that were under way have come to their end, and ends the traffic.

    Args:
        background: Sends the requests.

    Returns:
        All requests since it began, and the journeys that failed.
    """
    background.end_lasting()
    background.finish(_TAIL_S)
    return background.stop(), background.take_failures()


def sort_traffic(requests: Iterable[Request], failures: Iterable[TrafficFailure], began: float) -> Met:
    """Tells what ended before something began from what ended later.

    Args:
        requests: All that were sent.
        failures: Journeys that failed.
        began: When it began, in seconds since the epoch.
    """
    ended = [request.ended < began for request in requests]
    failed = [(failure.at + failure.duration_s < began, failure) for failure in failures]
    return Met(
        before=sum(ended),
        beside=len(ended) - sum(ended),
        failed_before=tuple(failure for early, failure in failed if early),
        failed_beside=tuple(failure for early, failure in failed if not early),
    )


def name_refusals(
    failures: Iterable[TrafficFailure], entries: Iterable[LogEntry], roles: Mapping[str, str]
) -> tuple[TrafficFailure, ...]:
    """The same failures with PostgreSQL's codes, where an answer says that something is wrong.

    Args:
        failures: Journeys that failed.
        entries: The log.
        roles: The login role of each replica.
    """
    refused = [(one.user, one.time.timestamp(), one.sqlstate) for one in entries if one.severity in _REFUSED]
    return tuple(
        replace(
            failure,
            sqlstates=tuple(
                dict.fromkeys(
                    code
                    for user, at, code in refused
                    if user == roles.get(failure.replica)
                    and failure.at - _GRAIN_S <= at <= failure.at + failure.duration_s + _GRAIN_S
                )
            ),
        )
        if not failure.silent
        else failure
        for failure in failures
    )
