"""Moves copies of journeys from one ``yield`` to the next, through the replicas that the plan names."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING, Any

from harness.model.events import Attempted
from harness.plan.steps import FULL_RUN
from harness.runtime.waiting import wall_clock
from harness.traffic.background import Background
from harness.traffic.failures import explain, server_error
from harness.traffic.journeys import CLIENT, count_different, count_moves, draw_data, find_place
from harness.traffic.transport import Clients

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.model.cell import Cell
    from harness.model.exchange import Exchange
    from harness.model.settings import Load, Patience
    from harness.plan.steps import Attempt
    from harness.traffic.held import Sample
    from harness.traffic.journeys import Journey, Place
    from harness.traffic.route import Inside, Route

#: Different values that Hypothesis draws for one journey.
_DRAWN = 50
_DATA_LENGTH = 300
#: Of the requests of one segment, so many are kept from its begin, and as many from its end.
_MOST_EXCHANGES = 100
#: So long somebody who ends it all waits for the copy that is under way.
_FAREWELL_S = 2.0


@dataclass
class _Copy:
    """One running copy of a journey."""

    generator: Any
    client: Any
    route: Route
    data: str
    segment: int = -1
    spent: bool = False


@dataclass(frozen=True, kw_only=True)
class Cast:
    """The journeys of a rehearsal.

    Args:
        journeys: By name, in order.
        fixtures: Values of their fixtures.
        left_out: Names of the others that the scenario has.
        walk_alone: Whether they take part in the walk alone, and in nothing that comes behind it.
    """

    journeys: Mapping[str, Journey]
    fixtures: Mapping[str, Mapping[str, Any]]
    left_out: tuple[str, ...] = ()
    walk_alone: bool = False


class Driver:
    """Holds the copies of all journeys.

    The code of segments runs one at a time, whatever thread asks: it is the user's, and need not be ready for threads.
    While one awaits an answer, another may run; with asynchronous journeys, which share an event loop, none.

    Args:
        journeys: By name.
        fixtures: Values of each journey's fixtures.
        redact: Takes secrets out of what is kept.
        patience: How long anything may take.
        drawn: What Hypothesis drew for each journey, where that was done before.
    """

    def __init__(
        self,
        journeys: Mapping[str, Journey],
        fixtures: Mapping[str, Mapping[str, Any]],
        redact: Callable[[str], str],
        patience: Patience,
        *,
        drawn: Mapping[str, list[dict[str, Any]]] | None = None,
    ) -> None:
        self._journeys = journeys
        self._fixtures = fixtures
        self._redact = redact
        self._patience = patience
        self._drawn = drawn or {name: draw_data(journey.strategies, _DRAWN) for name, journey in journeys.items()}
        self._copies: dict[int, _Copy] = {}
        self._most_moves = dict.fromkeys(journeys, FULL_RUN)
        self._lengths: dict[str, int] = {}
        self._lock = threading.Lock()
        self._clients = Clients(redact, patience.request_s, self._lock)
        self._loop: asyncio.AbstractEventLoop | None = None

    def move(
        self, attempt: Attempt, addresses: Mapping[str, tuple[str, int]], *, number: int, cell: Cell, round_: int
    ) -> Attempted | None:
        """Moves one copy.

        Args:
            attempt: Which copy, and through whom.
            addresses: Host and port of every replica that the attempt names.
            number: Step of the plan.
            cell: What it counts for.
            round_: Which pass.

        Returns:
            What happened; None where the copy was spent before, or was never started.
        """
        with self._lock:
            copy = self._copies.get(attempt.copy)
            if copy is None and attempt.origin == "fresh":
                copy = self._copies[attempt.copy] = self._start(attempt)
            if copy is None or copy.spent:
                return None
            return self._move(
                copy,
                attempt,
                addresses,
                Attempted(
                    number=number,
                    cell=cell,
                    journey=attempt.journey,
                    round=round_,
                    copy=attempt.copy,
                    origin=attempt.origin,
                    replicas=(),
                    segment=copy.segment,
                    data=copy.data,
                ),
            )

    def background(self, load: Load, addresses: Callable[[], Mapping[str, tuple[str, int]]]) -> Background:
        """Starts clients that send requests all the time, until they are told to stop.

        They have copies and connections of their own; what a journey shares with others, it shares with them.

        Args:
            load: How many, and how fast.
            addresses: Where the replicas listen that serve now.
        """

        def make() -> Driver:
            made = Driver(self._journeys, self._fixtures, self._redact, self._patience, drawn=self._drawn)
            made.let_inside(self._clients.inside)
            return made

        return Background(load, tuple(self._journeys), addresses, make, self._patience.request_s, sample=self.sample)

    @property
    def sample(self) -> Sample | None:
        """The last request with a body that was answered well."""
        return self._clients.sample

    def let_inside(self, inside: Inside | None) -> None:
        """Lets journeys that start from now on reach past HTTP."""
        self._clients.inside = inside

    def halt(self) -> None:
        """Lets no more requests out."""
        self._clients.halt()

    def forget(self) -> None:
        """Ends all copies, so that their numbers can be used again; but not beside one that is still under way."""
        if not self._lock.acquire(timeout=_FAREWELL_S):
            return  # a journey of which nobody knows when it ends: its thread goes with the process
        try:
            for copy in self._copies.values():
                with contextlib.suppress(Exception):
                    self._close(copy)
            self._copies.clear()
        finally:
            self._lock.release()

    def close(self) -> None:
        """Ends all copies and frees what they share."""
        self.forget()
        if self._loop is not None:
            with contextlib.suppress(Exception):
                self._loop.run_until_complete(self._clients.aclose())
            self._loop.close()

    def _start(self, attempt: Attempt) -> _Copy:
        name = attempt.journey
        journey, drawn = self._journeys[name], self._drawn[name]
        # By the number of the copy, and not in turn: tracks run side by side, and whose turn it is would be chance.
        values = Random(f"{name} {attempt.copy}").choice(drawn)  # noqa: S311  no secret
        client, route = self._clients.async_client() if journey.is_async else self._clients.sync_client()
        arguments = {**self._fixtures.get(name, {}), **values, **({CLIENT: client} if journey.takes_client else {})}
        data = self._redact(", ".join(f"{key}={value!r}" for key, value in values.items()))[:_DATA_LENGTH]
        return _Copy(journey.function(**arguments), client, route, data)

    def _move(
        self, copy: _Copy, attempt: Attempt, addresses: Mapping[str, tuple[str, int]], blank: Attempted
    ) -> Attempted:
        used: list[str] = []
        exchanges: list[Exchange] = []
        failure, ended = None, False
        copy.route.begin()
        at = round(wall_clock(), 4)  # what the exchanges' times count from: by then it has waited for its turn
        places: list[Place] = []
        for index in range(min(attempt.moves, self._most_moves[attempt.journey], self._left(copy, attempt))):
            name = attempt.replicas[index % len(attempt.replicas)]
            copy.route.point_to(name, *addresses[name])
            copy.route.begin_segment(self._patience.segment_s)
            used.append(name)
            copy.segment += 1
            try:
                ended = self._advance(attempt.journey, copy)
            except (KeyboardInterrupt, GeneratorExit):
                raise
            except BaseException as error:  # noqa: BLE001  whatever else the user's code raises is evidence, pytest.fail too
                failure = explain(error, self._journeys[attempt.journey].file, self._redact)
            seen = _shorten(copy.route.take())
            exchanges.extend(seen)
            failure = failure or server_error(seen)
            copy.spent = ended or failure is not None
            if copy.spent:
                break
            places.append(find_place(copy.generator))
        if attempt.origin == "fresh" and attempt.moves >= FULL_RUN and failure is None:
            self._lengths.setdefault(attempt.journey, len(used) if ended else count_different(places))
            if not ended and self._most_moves[attempt.journey] == FULL_RUN:
                self._most_moves[attempt.journey] = count_moves(places)
        return replace(
            blank,
            replicas=tuple(used),
            segment=copy.segment,
            ended=ended,
            exchanges=tuple(exchanges),
            failure=failure,
            at=at,
        )

    def _left(self, copy: _Copy, attempt: Attempt) -> int:
        """How many segments a copy may run; one that is resumed comes to what it has not done, and what checks that."""
        if attempt.origin == "fresh":
            return attempt.moves
        return max(1, self._lengths.get(attempt.journey, 1) - copy.segment - 1)

    def _advance(self, name: str, copy: _Copy) -> bool:
        """Runs one segment; returns whether the journey ended."""
        try:
            if self._journeys[name].is_async:
                self._run(anext(copy.generator))
            else:
                next(copy.generator)
        except (StopIteration, StopAsyncIteration):
            return True
        return False

    def _close(self, copy: _Copy) -> None:
        if hasattr(copy.generator, "aclose"):
            self._run(copy.generator.aclose())
            self._run(copy.client.aclose())
        else:
            copy.generator.close()
            copy.client.close()

    def _run(self, awaitable: Any) -> Any:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()

        async def run() -> Any:
            return await awaitable

        return self._loop.run_until_complete(run())


def _shorten(exchanges: tuple[Exchange, ...]) -> tuple[Exchange, ...]:
    """Without the middle of what a loop has asked for again and again."""
    if len(exchanges) <= 2 * _MOST_EXCHANGES:
        return exchanges
    return exchanges[:_MOST_EXCHANGES] + exchanges[-_MOST_EXCHANGES:]
