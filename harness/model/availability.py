"""What became of requests while replicas were replaced."""

from __future__ import annotations

from dataclasses import dataclass

from harness.model.exchange import TrafficFailure, TrafficRequest  # noqa: TC001  msgspec resolves them in a journal
from harness.model.rollout import Drain  # noqa: TC001  msgspec resolves the annotations when a journal is read


@dataclass(frozen=True, kw_only=True)
class Served:
    """Requests of clients that ask all the time, in one state of the fleet.

    Args:
        number: Step of the plan.
        state: Who served, in words.
        requests: How many were sent.
        lost: How many of them got no response.
        unserved: How many more were not even sent, since no replica was there to take them.
        errors: How many were answered with a 5xx.
        slowest_ms: Milliseconds that the slowest took.
        duration_s: Seconds that the state lasted.
        sent: The requests, in the order in which they ended.
        failures: Journeys that failed.
    """

    number: int
    state: str
    requests: int
    lost: int = 0
    unserved: int = 0
    errors: int = 0
    slowest_ms: float = 0.0
    duration_s: float = 0.0
    sent: tuple[TrafficRequest, ...] = ()
    failures: tuple[TrafficFailure, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Held:
    """A request that was under way when its replica was told to stop: half of its body had been sent.

    Args:
        line: Method and path, secrets taken out.
        status: Of the response; None where none came.
    """

    line: str
    status: int | None


@dataclass(frozen=True, kw_only=True)
class Retired:
    """A replica that served was stopped.

    Args:
        number: Step of the plan.
        replica: Which.
        drain: Whether it got no more traffic before or after it was told to stop.
        held: The request that was under way; None where no journey sends one with a body.
        sent_after: How many other requests were under way then, or were sent to it later.
        lost_after: How many of these got no response.
        killed: Whether it had to be killed when the grace period was over.
    """

    number: int
    replica: str
    drain: Drain
    held: Held | None
    sent_after: int = 0
    lost_after: int = 0
    killed: bool = False
