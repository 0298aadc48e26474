"""Looks at a schedule while it is played: what the author says has to hold, and what holds for every application."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.plan.tale import Trouble
from harness.traffic.failures import explain, server_error
from harness.traffic.route import Route

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping, Sequence

    from harness.model.events import Failure
    from harness.model.exchange import Exchange
    from harness.traffic.invariants import Invariant
    from harness.traffic.route import Inside
    from harness.traffic.transport import Clients

#: A read that is answered so says that there is nothing (RFC 9110, sections 15.5.5 and 15.5.11).
_NOT_THERE = frozenset({404, 410})
_OK = range(200, 300)
_SERVER_ERROR = 500
#: Of the addresses that were read, so many are asked for in the end: the last ones.
_MOST_READS = 3


@dataclass
class _Read:
    """An address that a journey has read."""

    journey: str
    replica: str
    headers: Mapping[str, str]


class Watch:
    """Looks at one schedule while it is played.

    Args:
        invariants: The author's.
        clients: Makes their client.
        redact: Takes secrets out.
        halted: Set where no more requests are sent.
        inside: Reaches past HTTP.
    """

    def __init__(
        self,
        invariants: Sequence[Invariant],
        clients: Clients,
        redact: Callable[[str], str],
        halted: threading.Event,
        inside: Inside | None,
    ) -> None:
        self._invariants = invariants
        self._clients = clients
        self._redact = redact
        self._halted = halted
        self._inside = inside
        self._reads: dict[str, _Read] = {}
        self._versions: defaultdict[tuple[str, str], list[str]] = defaultdict(list)

    def note(self, journey: str, exchange: Exchange, headers: Mapping[str, str] | None) -> Trouble | None:
        """Keeps what a journey asked, and says where an answer is one that was overtaken already.

        Args:
            journey: Which.
            exchange: What it sent and got.
            headers: Of its request, where that was a read that went well.
        """
        if exchange.acknowledges:
            self._versions.clear()
            if exchange.method == "DELETE":
                self._reads.clear()
            return None
        if headers is None:
            return None
        self._reads.pop(exchange.path, None)
        self._reads[exchange.path] = _Read(journey, exchange.replica, headers)
        release = exchange.replica.rpartition("-")[0]
        seen = self._versions[release, exchange.path]
        if exchange.response in seen[:-1]:
            text = (
                f"GET {exchange.path} through {exchange.replica} went back to what it was before: {exchange.response}"
            )
            return Trouble(kind="backwards", who=journey, text=text)
        if exchange.response not in seen:
            seen.append(exchange.response)
        return None

    def clear(self) -> None:
        """A migration or a task may change what is read."""
        self._versions.clear()

    def ask_author(self, up: Sequence[str], address: Callable[[str], tuple[str, int]]) -> Trouble | None:
        """Calls each invariant through one replica of each release that serves.

        Args:
            up: Who serves.
            address: Where one listens.
        """
        broken = self.ask_all(up, address)
        if broken is None:
            return None
        name, replica, failure = broken
        text = f"{failure.text} (through {replica})"
        return Trouble(kind="invariant", who=name, text=text, where=failure.where, source=failure.source)

    def ask_all(self, up: Sequence[str], address: Callable[[str], tuple[str, int]]) -> tuple[str, str, Failure] | None:
        """The first invariant that does not hold, through whom, and why.

        Args:
            up: Who serves.
            address: Where one listens.
        """
        for one in self._invariants:
            for replica in _one_of_each(up):
                failure = self._ask(one, replica, address(replica))
                if failure is not None:
                    return one.name, replica, failure
        return None

    def read_again(
        self,
        up: Sequence[str],
        address: Callable[[str], tuple[str, int]],
        is_barred: Callable[[str, str], bool],
    ) -> Trouble | None:
        """Asks every replica that serves for what journeys have read: it is there, and all of a release agree.

        Args:
            up: Who serves.
            address: Where one listens.
            is_barred: Whether a replica is not to be asked for what a journey reads.
        """
        for path, read in list(self._reads.items())[-_MOST_READS:]:
            first: dict[str, tuple[str, str]] = {}
            for replica in up:
                if is_barred(read.journey, replica):
                    continue
                status, body = self._clients.read(address(replica), path, read.headers)
                if status is None or status in _NOT_THERE or status >= _SERVER_ERROR:
                    text = (
                        f"GET {path} was answered well through {read.replica}, and {status or body} through {replica}"
                    )
                    return Trouble(kind="lost", who=read.journey, text=text)
                release = replica.rpartition("-")[0]
                other, before = first.setdefault(release, (replica, body))
                if body == before or status not in _OK:
                    continue
                if self._clients.read(address(other), path, read.headers)[1] == before:
                    text = f"GET {path} is {before} through {other}, and {body} through {replica}"
                    return Trouble(kind="backwards", who=read.journey, text=self._redact(text))
        return None

    def _ask(self, one: Invariant, replica: str, address: tuple[str, int]) -> Failure | None:
        route = Route(self._redact, self._halted, inside=self._inside)
        route.point_to(replica, *address)
        client, _ = self._clients.sync_client(route)
        failure = None
        with client:
            try:
                one.function(client)
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # noqa: BLE001  whatever the user's code raises is evidence
                failure = explain(error, one.file, self._redact)
        return failure or server_error(route.take())


def _one_of_each(up: Sequence[str]) -> list[str]:
    return list({name.rpartition("-")[0]: name for name in reversed(up)}.values())[::-1]
