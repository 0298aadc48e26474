"""Sends requests all the time: several clients at once, each going through journeys of its own at a seeded pace."""

from __future__ import annotations

import itertools
import math
import random
import threading
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.model.cell import BASE, Actor, Cell
from harness.model.exchange import TrafficFailure
from harness.plan.steps import Attempt
from harness.runtime.waiting import now, wall_clock
from harness.traffic.held import HeldRequest
from harness.traffic.journeys import ENDLESS_RUN
from harness.traffic.lasting import Lasting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from harness.model.events import Attempted
    from harness.model.settings import Load
    from harness.traffic.driver import Driver
    from harness.traffic.held import Sample

#: A client that waits for a lock is let wait; one that a journey keeps busy otherwise is told to stop after this.
_FAREWELL_S = 2.0
#: A journey that has just ended is followed by the next no sooner than that, where nothing answers any more.
_LEAST_PAUSE_S = 0.001


@dataclass(frozen=True)
class Request:
    """One request of the background traffic.

    Args:
        replica: Who was to answer.
        line: Method and path, secrets taken out.
        status: Of the response; None where none came.
        began: Seconds since the epoch.
        ended: And when the response was there, or was given up.
    """

    replica: str
    line: str
    status: int | None
    began: float
    ended: float


class Background:
    """Clients that run until they are told to stop. Which requests a moment meets is chance; their pace is seeded.

    Args:
        load: How many clients, and how fast.
        journeys: Names, in order.
        addresses: Where the replicas listen that serve now.
        driver: Makes a driver for each client: its own copies and connections.
        timeout_s: Seconds that one request may take.
        sample: A request with a body that was answered well before.
    """

    def __init__(
        self,
        load: Load,
        journeys: tuple[str, ...],
        addresses: Callable[[], Mapping[str, tuple[str, int]]],
        driver: Callable[[], Driver],
        timeout_s: float,
        *,
        sample: Sample | None = None,
    ) -> None:
        self._load = load
        self._journeys = journeys
        self._addresses = addresses
        self._driver = driver
        self._timeout_s = timeout_s
        self._sample = sample
        self._stopping, self._finishing = threading.Event(), threading.Event()
        self._lock = threading.Lock()
        self._requests: list[Request] = []
        self._failures: list[TrafficFailure] = []
        self._halted = False
        self._unserved = 0
        self._under_way: Counter[str] = Counter()
        self._turns = itertools.count()
        self._lasting: Lasting | None = None
        self._warm = [threading.Event() for _ in range(load.clients)]
        self._drivers: list[Driver] = []
        self._threads = [
            threading.Thread(target=self._run, args=(index,), name=f"rolldeploy-client-{index + 1}", daemon=True)
            for index in range(load.clients)
        ]
        for thread in self._threads:
            thread.start()

    def await_warm(self, timeout_s: float) -> bool:
        """Waits until every client has come to the end of one journey, so that connections are open.

        Returns:
            Whether all of them have, in time.
        """
        deadline = now() + timeout_s
        return all(event.wait(max(0.0, deadline - now())) for event in self._warm)

    def begin_lasting(self, lasts_s: float = math.inf) -> None:
        """Starts some copies that go on now and then, until :meth:`end_lasting`; see :class:`Lasting`.

        Args:
            lasts_s: How long what is run takes by itself.
        """
        self._lasting = Lasting(self._journeys, self._driver(), self._choose, self._finish, lasts_s=lasts_s)

    def end_lasting(self) -> None:
        """Has them see what became of what they wrote; harmless where there are none."""
        lasting, self._lasting = self._lasting, None
        if lasting is not None:
            lasting.end(self._timeout_s)

    def finish(self, timeout_s: float) -> bool:
        """Has every client go on at once to the end of the journey that it is at, so that it sees what became of it.

        Args:
            timeout_s: So long they may take.

        Returns:
            Whether all of them have come to it in time; they begin no other.
        """
        self._finishing.set()
        return self._join(timeout_s)

    def take(self) -> tuple[tuple[Request, ...], int]:
        """What ended since the last call.

        Returns:
            The requests, and how often a client found no replica to send one to.
        """
        with self._lock:
            taken, unserved = tuple(self._requests), self._unserved
            self._requests.clear()
            self._unserved = 0
        return taken, unserved

    def take_failures(self) -> tuple[TrafficFailure, ...]:
        """The journeys that failed since the last call, in order; not those that were cut off in the end."""
        with self._lock:
            taken = tuple(self._failures)
            self._failures.clear()
        return taken

    def seen(self) -> int:
        """How many requests ended, or found nobody, since they were taken last."""
        with self._lock:
            return len(self._requests) + self._unserved

    def under_way(self, name: str) -> int:
        """How many clients wait for a replica."""
        with self._lock:
            return self._under_way[name]

    def sent_to(self, name: str, since: float) -> tuple[int, int]:
        """How many of the requests that were not taken yet a replica had at some time, and how many of these were lost.

        Args:
            name: The replica.
            since: Those that were under way then, or sent later; seconds since the epoch.
        """
        with self._lock:
            sent = [request for request in self._requests if request.replica == name and request.ended >= since]
        return len(sent), sum(request.status is None for request in sent)

    def hold(self, address: tuple[str, int]) -> HeldRequest | None:
        """Sends half of a request like one that was answered well before; None where there was none with a body.

        Raises:
            OSError: Nobody takes the connection.
        """
        with self._lock:
            sample = next((driver.sample for driver in self._drivers if driver.sample is not None), self._sample)
        return HeldRequest(sample, address, self._timeout_s) if sample is not None else None

    def stop(self) -> tuple[Request, ...]:
        """Ends the clients; those that wait for an answer get it first. Harmless when repeated.

        Returns:
            All requests, in the order in which they ended.
        """
        self._stopping.set()
        self._finishing.set()
        self.end_lasting()
        self._join(_FAREWELL_S)
        with self._lock:
            self._halted = True
            for driver in self._drivers:
                driver.halt()
        self._join(self._timeout_s)
        with self._lock:
            return tuple(self._requests)

    def _join(self, timeout_s: float) -> bool:
        """Whether all clients have ended in time."""
        deadline = now() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, deadline - now()))
        return not any(thread.is_alive() for thread in self._threads)

    def _run(self, index: int) -> None:
        driver = self._driver()
        with self._lock:
            self._drivers.append(driver)
        chance = random.Random(f"{self._load.seed} {index}")  # noqa: S311  a pace, no secret
        gap_s = self._load.clients / self._load.rate_per_s
        try:
            for journey in self._endlessly(chance):
                for _ in self._segments(driver, journey):
                    if self._warm[index].is_set():
                        self._finishing.wait(gap_s * chance.uniform(0.5, 1.5))
                    if self._stopping.is_set():
                        return
                self._warm[index].set()
                self._finishing.wait(_LEAST_PAUSE_S)
        finally:
            self._warm[index].set()
            driver.close()

    def _endlessly(self, chance: random.Random) -> Iterator[str]:
        """All journeys, over and over, each time in another order, until no other is to begin."""
        while not self._finishing.is_set():
            for journey in chance.sample(self._journeys, len(self._journeys)):
                if self._finishing.is_set():
                    return
                yield journey

    def _segments(self, driver: Driver, journey: str) -> Iterator[None]:
        """One copy from its start to its end, each segment through the next replica that serves."""
        copy = next(self._turns)
        for _ in range(ENDLESS_RUN):
            name, addresses = self._choose()
            if name is None:
                yield
                return
            attempt = Attempt(copy=copy, journey=journey, origin="fresh", replicas=(name,), moves=1)
            began = wall_clock()
            done = driver.move(attempt, addresses, number=0, cell=_NO_CELL, round_=0)
            self._finish(name, done, began)
            yield
            if done is None or done.ended or done.failure is not None:
                break
        driver.forget()

    def _choose(self) -> tuple[str | None, Mapping[str, tuple[str, int]]]:
        """Whose turn it is, and where everybody listens; whoever is chosen counts as asked at once."""
        with self._lock:
            addresses = self._addresses()
            if not addresses:
                self._unserved += 1
                return None, addresses
            name = sorted(addresses)[next(self._turns) % len(addresses)]
            self._under_way[name] += 1
            return name, addresses

    def _finish(self, name: str, done: Attempted | None, began: float) -> None:
        with self._lock:
            self._under_way[name] -= 1
        if done is not None:
            self._note(done, began)

    def _note(self, done: Attempted, began: float) -> None:
        noted = [
            Request(
                replica=exchange.replica,
                line=f"{exchange.method} {exchange.path}",
                status=exchange.status,
                began=began + exchange.at_s,
                ended=began + exchange.at_s + exchange.duration_s,
            )
            for exchange in done.exchanges
        ]
        failed = _tell_failure(done, noted, began)
        with self._lock:
            self._requests.extend(noted)
            if failed is not None and not self._halted:
                self._failures.append(failed)


def _tell_failure(done: Attempted, requests: list[Request], began: float) -> TrafficFailure | None:
    """Why a journey failed, and at which of its requests; None where it did not."""
    if done.failure is None:
        return None
    bad = next((index for index, exchange in enumerate(done.exchanges) if exchange.is_bad), None)
    request = requests[bad if bad is not None else -1] if requests else None
    at = request.began if request is not None else began
    return TrafficFailure(
        replica=done.replicas[-1],
        journey=done.journey,
        line=request.line if request is not None else "",
        status=request.status if request is not None else None,
        text=done.failure.text.splitlines()[0],
        source=done.failure.source,
        where=done.failure.where,
        at=round(at, 4),
        duration_s=round((request.ended if request is not None else wall_clock()) - at, 4),
        silent=bad is None,
    )


#: Background traffic counts for no cell.
_NO_CELL = Cell(BASE, Actor.CONTROL)
