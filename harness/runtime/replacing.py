"""Replaces replicas while clients ask for something all the time, and tells what became of every request."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, assert_never

from harness.model.availability import Held, Retired, Served
from harness.model.rollout import Drain
from harness.plan.traffic_steps import CloseTraffic, CountTraffic, OpenTraffic, RetireReplicas, RouteTraffic
from harness.runtime.met import name_refusals
from harness.runtime.parts import in_short
from harness.runtime.waiting import await_true, now, sleep, wall_clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.model.events import Event
    from harness.runtime.environment import Stagehands
    from harness.runtime.parts import Background, Traffic

#: The steps that are done here.
ReplacingStep: TypeAlias = OpenTraffic | RouteTraffic | RetireReplicas | CountTraffic | CloseTraffic

#: Every client is to finish one journey first; one that cannot is not waited for any longer.
_LEAD_S = 2.0
#: So many requests a client are waited for in each state.
_PER_CLIENT = 2
#: Clients that get no answers ask more seldom.
_MOST_S = 3.0
#: From its endpoints a Service takes a replica about as soon as it is told to stop; a server that closes its socket at
#: once has closed it by then.
_LAG_S = 0.5
#: The last byte of the request that is under way is sent so long after the signal.
_AFTER_SIGNAL_S = 0.1
_SERVER_ERROR = 500


class Replacing:
    """Does those steps of one track that belong together.

    Args:
        hands: Everything that touches the outside world.
        traffic: Sends the requests.
        emit: Gets the events.
    """

    def __init__(self, hands: Stagehands, traffic: Traffic, emit: Callable[[Event], None]) -> None:
        self._hands = hands
        self._traffic = traffic
        self._emit = emit
        self._background: Background | None = None
        self._routed: tuple[str, ...] = ()
        self._asked: dict[str, None] = {}
        self._clients = 0
        self._since = now()

    def do(self, number: int, step: ReplacingStep) -> None:
        """Does one step."""
        match step:
            case OpenTraffic(replicas=names, load=load):
                self._routed, self._clients = names, load.clients
                self._asked = dict.fromkeys(names)
                self._background = self._traffic.background(load, lambda: self._hands.fleet.addresses(self._routed))
                self._background.await_warm(_LEAD_S)
                self._since = now()
            case RouteTraffic(replicas=names):
                self._routed = names
                self._asked.update(dict.fromkeys(names))
            case RetireReplicas():
                self._retire(number, step)
            case CountTraffic(state=state):
                self._count(number, state)
            case CloseTraffic():
                self.close()
            case _:
                assert_never(step)

    def close(self) -> None:
        """Ends the clients; harmless when repeated."""
        if self._background is not None:
            self._background.stop()
            self._background = None

    def _count(self, number: int, state: str) -> None:
        background = self._background
        if background is None:
            return
        await_true(lambda: background.seen() >= _PER_CLIENT * self._clients, timeout_s=_MOST_S)
        requests, unserved = background.take()
        began, self._since = self._since, now()
        statuses = [request.status for request in requests]
        roles = {name: self._hands.workspace.role(name) for name in self._asked}
        entries = self._hands.observer.entries(self._asked)
        self._emit(
            Served(
                number=number,
                state=state,
                requests=len(requests),
                lost=statuses.count(None),
                unserved=unserved,
                errors=sum(status is not None and status >= _SERVER_ERROR for status in statuses),
                slowest_ms=round(max((one.ended - one.began for one in requests), default=0.0) * 1000, 1),
                duration_s=round(self._since - began, 3),
                sent=in_short(requests),
                failures=name_refusals(background.take_failures(), entries, roles),
            )
        )

    def _retire(self, number: int, step: RetireReplicas) -> None:
        if any(self._hands.fleet.get(name) is None for name in step.once_ready):
            return
        for name in step.replicas:
            if self._hands.fleet.get(name) is not None:
                self._retire_one(number, name, step.drain)

    def _retire_one(self, number: int, name: str, drain: Drain) -> None:
        fleet, background = self._hands.fleet, self._background
        if drain is Drain.BEFORE:
            self._route_past(name)
        try:
            held = background.hold(fleet.addresses([name])[name]) if background is not None else None
        except OSError:
            held = None  # it answers nobody any more, and what that costs is counted
        told = wall_clock()
        fleet.tell_to_stop(name)
        sleep(_AFTER_SIGNAL_S)
        status = held.finish() if held is not None else None
        sent = lost = 0
        if drain is Drain.AFTER and background is not None:
            sleep(max(0.0, told + _LAG_S - wall_clock()))
            self._route_past(name)
            sent, lost = background.sent_to(name, told)
        killed = any(was for _, was in fleet.stop([name]))
        self._emit(
            Retired(
                number=number,
                replica=name,
                drain=drain,
                held=Held(line=held.line, status=status) if held is not None else None,
                sent_after=sent,
                lost_after=lost,
                killed=killed,
            )
        )

    def _route_past(self, name: str) -> None:
        """Sends nothing more to a replica, and waits for what was sent to it before."""
        self._routed = tuple(other for other in self._routed if other != name)
        background = self._background
        if background is not None:
            await_true(lambda: not background.under_way(name), timeout_s=_MOST_S)
