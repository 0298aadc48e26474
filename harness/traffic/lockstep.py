"""Journeys in lockstep: each has a thread of its own, and moves on by one request when it is told to, and only then.

So what a schedule comes to is a function of the schedule: nobody is under way while the deployment does something, and
a migration can land between any two requests, not only at the author's ``yield``.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.errors import HarnessError, ScenarioError
from harness.plan.schedule import REQUESTS
from harness.traffic.failures import explain, server_error
from harness.traffic.journeys import CLIENT, draw_data
from harness.traffic.route import Halted, Route
from harness.traffic.transport import Clients
from harness.traffic.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from harness.model.events import Failure
    from harness.model.exchange import Exchange
    from harness.plan.schedule import Start
    from harness.plan.tale import Told, Trouble
    from harness.traffic.invariants import Invariant
    from harness.traffic.journeys import Journey
    from harness.traffic.route import Inside

#: Beyond the time that a request may take, a journey's own code has so long for what it does behind the answer.
_SLACK_S = 60.0
#: A journey that is told to end does so within microseconds, unless its author waits in a ``finally``.
_FAREWELL_S = 1.0
#: Different values that Hypothesis draws for one journey.
_DRAWN = 50


@dataclass(frozen=True, kw_only=True)
class Moved:
    """What one move of a copy came to.

    Args:
        exchanges: What it sent and got: one request, or none where there was nothing to send.
        failure: Why it failed, or None.
        trouble: What an answer shows that nobody asked about.
    """

    exchanges: tuple[Exchange, ...] = ()
    failure: Failure | None = None
    trouble: Trouble | None = None


class _GatedRoute(Route):
    """Asks before each request whether it is time for it."""

    def __init__(self, redact: Callable[[str], str], halted: threading.Event, inside: Inside | None) -> None:
        super().__init__(redact, halted, inside=inside)
        self.gate: Callable[[], None] = lambda: None

    def go_on(self) -> None:
        """Waits for its turn; raises :class:`Halted` where there is none to come."""
        self.gate()
        super().go_on()


class _Copy:
    """One copy, and the thread that it runs in."""

    def __init__(self, journey: Journey, arguments: Mapping[str, Any], route: _GatedRoute, close: Any) -> None:
        self.route = route
        self.failure: BaseException | None = None
        self.over = False
        self.journey = journey
        self._arguments = arguments
        self._close = close
        self._credit = True
        self._sent = False
        self._whole = False
        self._turn = threading.Semaphore(0)
        self._parked = threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, name=f"rolldeploy-{journey.name}", daemon=True)
        route.gate = self._pass

    def move(self, timeout_s: float, *, whole: bool) -> None:
        """Lets it send one request, and waits until it is about to send the next, or at its end.

        Args:
            timeout_s: Seconds that it may take.
            whole: Whether it goes on to its next ``yield`` instead.
        """
        self._whole = whole
        if self._thread.ident is None:
            self._thread.start()
        else:
            self._turn.release()
        if not self._parked.acquire(timeout=timeout_s):
            raise HarnessError(
                f"the journey {self.journey.name} did not come back within {timeout_s:.0f} s behind a request: it "
                "waits for something that does not happen while everybody else stands still"
            )

    def end(self) -> None:
        """Has it end where it stands; whoever asks for a request is told that there are no more."""
        if self._thread.ident is not None and not self.over:
            self._turn.release()
            self._thread.join(_FAREWELL_S)

    def _pass(self) -> None:
        if threading.get_ident() != self._thread.ident:
            return  # a thread that a journey starts has no turn of its own
        self._sent = True
        if self._whole:
            return
        if self._credit:
            self._credit = False
        else:
            self._park()

    def _park(self) -> None:
        self._parked.release()
        self._turn.acquire()

    def _yielded(self) -> None:
        """A segment without a request is a move too, or one that only waits would go round for ever."""
        if self._whole or not self._sent:
            self._park()
            self._credit = True
        self._sent = False

    def _run(self) -> None:
        try:
            if self.journey.is_async:
                self._run_async()
            else:
                for _ in self.journey.function(**self._arguments):
                    self._yielded()
                self._close()
        except Halted:
            pass
        except BaseException as error:  # noqa: BLE001  whatever the user's code raises is evidence, pytest.fail too
            self.failure = error
        finally:
            self.over = True
            self._parked.release()

    def _run_async(self) -> None:
        async def go() -> None:
            async for _ in self.journey.function(**self._arguments):
                self._yielded()
            await self._close()

        loop = asyncio.new_event_loop()
        try:
            loop.run_until_complete(go())
        finally:
            loop.close()


class Lockstep:
    """The copies of one schedule at a time.

    Args:
        journeys: By name.
        fixtures: Values of each journey's fixtures.
        redact: Takes secrets out of what is kept.
        timeout_s: Seconds that one request may take.
        invariants: What the author says has to hold.
        inside: Reaches past HTTP.
    """

    def __init__(
        self,
        journeys: Mapping[str, Journey],
        fixtures: Mapping[str, Mapping[str, Any]],
        redact: Callable[[str], str],
        timeout_s: float,
        *,
        invariants: Sequence[Invariant] = (),
        inside: Inside | None = None,
    ) -> None:
        self._journeys = journeys
        self._fixtures = fixtures
        self._redact = redact
        self._timeout_s = timeout_s
        self._clients = Clients(redact, timeout_s, threading.Lock())
        self._copies: dict[int, _Copy] = {}
        self._invariants = invariants
        self._inside = inside
        self._drawn = {name: _draw(journey) for name, journey in journeys.items()}
        self._open()

    def _open(self) -> None:
        self._halted = threading.Event()
        self._watch = Watch(self._invariants, self._clients, self._redact, self._halted, self._inside)

    def values(self, journey: str, drawn: int) -> Mapping[str, Any]:
        """What is drawn for a journey under a number: the simplest first, and round again behind the last."""
        values = self._drawn[journey]
        return values[drawn % len(values)]

    def begin(self, start: Start) -> None:
        """Makes a copy; it sends nothing before it is moved.

        Args:
            start: Its number, whose it is and what it gets.

        Raises:
            ScenarioError: There is no such journey.
        """
        journey, copy = start.journey, start.copy
        if journey not in self._journeys:
            known = ", ".join(self._journeys)
            raise ScenarioError(f"the plan asks for the journey {journey}, and there is none here; there are: {known}")
        made = self._journeys[journey]
        values = self.values(journey, start.drawn) if start.values is None else start.values
        route = _GatedRoute(self._redact, self._halted, self._inside)
        if made.is_async:
            client: Any = self._clients.async_client(route)[0]
            close = client.aclose
        else:
            client = self._clients.sync_client(route)[0]
            close = client.close
        arguments = {
            **self._fixtures.get(journey, {}),
            **values,
            **({CLIENT: client} if made.takes_client else {}),
        }
        self._copies[copy] = _Copy(made, arguments, route, close)

    def move(self, copy: int, replica: str, address: tuple[str, int], *, whole: bool = False) -> Moved:
        """Lets a copy send its next request.

        Args:
            copy: Which one; nothing happens where it is at its end.
            replica: Who is to answer, by its name in the schedule.
            address: Where it listens.
            whole: Whether it goes on to its next ``yield`` instead.

        Raises:
            HarnessError: Its code does not come back.
        """
        moved = self._copies[copy]
        if moved.over:
            return Moved()
        moved.route.reads.clear()
        moved.route.point_to(replica, *address)
        moved.move(self._timeout_s + _SLACK_S, whole=whole)
        exchanges = moved.route.take()
        failure, trouble = None, None
        if moved.failure is not None:
            failure = explain(moved.failure, moved.journey.file, self._redact)
        for exchange in exchanges:
            headers = moved.route.reads.get(exchange.path)
            trouble = trouble or self._watch.note(moved.journey.name, exchange, headers)
        return Moved(exchanges=exchanges, failure=server_error(exchanges) or failure, trouble=trouble)

    def watch(self, told: Told, up: Sequence[str], address: Callable[[str], tuple[str, int]]) -> Trouble | None:
        """What the author says has to hold, and does not behind an action.

        Args:
            told: What was done; behind a request that stores nothing there is nothing to look for.
            up: Who serves.
            address: Where one listens.
        """
        if isinstance(told.action, REQUESTS):
            if not any(exchange.acknowledges for exchange in told.exchanges):
                return None
        else:
            self._watch.clear()
        return self._watch.ask_author(up, address)

    def at_rest(self, up: Sequence[str], address: Callable[[str], tuple[str, int]]) -> tuple[str, str, Failure] | None:
        """The first invariant that does not hold before anything is done, through whom, and why.

        Args:
            up: Who serves.
            address: Where one listens.
        """
        return self._watch.ask_all(up, address)

    def look_back(
        self,
        up: Sequence[str],
        address: Callable[[str], tuple[str, int]],
        is_barred: Callable[[str, str], bool],
    ) -> Trouble | None:
        """What does not hold in the end: what was read is there, and read alike.

        Args:
            up: Who serves.
            address: Where one listens.
            is_barred: Whether a journey is not to be asked for through a replica.
        """
        return self._watch.read_again(up, address, is_barred)

    def forget(self) -> None:
        """Ends all copies, so that their numbers can be used again."""
        self._halted.set()
        for copy in self._copies.values():
            copy.end()
        self._copies.clear()
        self._open()

    def close(self) -> None:
        """Ends all copies and frees what they share."""
        self.forget()
        with contextlib.suppress(RuntimeError):
            asyncio.run(self._clients.aclose())


def _draw(journey: Journey) -> list[dict[str, Any]]:
    return sorted(draw_data(journey.strategies, _DRAWN), key=lambda values: (len(repr(values)), repr(values)))
