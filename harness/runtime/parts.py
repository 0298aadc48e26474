"""What the runtime is given by those above it, and how a track ends early."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

from harness.model.exchange import TrafficFailure, TrafficRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from harness.model.cell import Cell
    from harness.model.events import Attempted
    from harness.model.settings import Load
    from harness.model.tracks import TrackBegunAgain
    from harness.plan.steps import Attempt, Numbered, Stage
    from harness.runtime.waiting import Wait


class Request(Protocol):
    """One request of the background traffic; times are seconds since the epoch."""

    @property
    def replica(self) -> str:
        """Who was to answer."""

    @property
    def line(self) -> str:
        """Method and path, secrets taken out."""

    @property
    def status(self) -> int | None:
        """Of the response; None where none came."""

    @property
    def began(self) -> float:
        """When it was sent."""

    @property
    def ended(self) -> float:
        """When the response was there, or was given up."""


def in_short(requests: Iterable[Request]) -> tuple[TrafficRequest, ...]:
    """Requests as they are written down.

    Args:
        requests: In the order in which they ended.
    """
    return tuple(
        TrafficRequest(
            replica=one.replica,
            line=one.line,
            status=one.status,
            at=round(one.began, 4),
            duration_s=round(one.ended - one.began, 4),
        )
        for one in requests
    )


class Held(Protocol):
    """A request of which half was sent."""

    @property
    def line(self) -> str:
        """Method and path, secrets taken out."""

    def finish(self) -> int | None:
        """Sends the rest; the status of the response, None where none came."""


class Background(Protocol):
    """Clients that send requests until they are told to stop."""

    def await_warm(self, timeout_s: float) -> bool:
        """Waits until every client has come to the end of one journey."""

    def begin_lasting(self, lasts_s: float = math.inf) -> None:
        """Starts some copies of journeys that go on now and then."""

    def end_lasting(self) -> None:
        """Has them come to their end, so that they see what became of what they wrote."""

    def finish(self, timeout_s: float) -> bool:
        """Has every client go on to the end of the journey that it is at, and begin no other."""

    def take(self) -> tuple[tuple[Request, ...], int]:
        """The requests that ended since the last call, and how often a client found nobody to send one to."""

    def take_failures(self) -> tuple[TrafficFailure, ...]:
        """The journeys that failed since the last call, in order."""

    def seen(self) -> int:
        """How many requests ended, or found nobody, since they were taken last."""

    def under_way(self, name: str) -> int:
        """How many clients wait for a replica."""

    def sent_to(self, name: str, since: float) -> tuple[int, int]:
        """How many of them a replica had at a time or later, and how many of these got no response."""

    def hold(self, address: tuple[str, int]) -> Held | None:
        """Sends half of a request like one that was answered well before; None where there was none with a body.

        Raises:
            OSError: Nobody takes the connection.
        """

    def stop(self) -> tuple[Request, ...]:
        """Ends the clients; those that wait for an answer get it first."""


class Traffic(Protocol):
    """Whatever moves the copies of journeys."""

    def move(
        self, attempt: Attempt, addresses: Mapping[str, tuple[str, int]], *, number: int, cell: Cell, round_: int
    ) -> Attempted | None:
        """Moves one copy; None where it is spent."""

    def forget(self) -> None:
        """Ends all copies."""

    def background(self, load: Load, addresses: Callable[[], Mapping[str, tuple[str, int]]]) -> Background:
        """Starts clients that send requests all the time."""


class Onlooker(Protocol):
    """Shows somebody how far a plan is; the thread that runs the plan calls it, and no other."""

    def begin_stage(self, stage: Stage) -> None:
        """A stage begins."""

    def begin_step(self, item: Numbered) -> None:
        """A step begins, perhaps beside one of another track."""

    def end_step(self, number: int) -> None:
        """It is done, or its track has ended there."""

    def begin_again(self, event: TrackBegunAgain) -> None:
        """A track begins once more, behind the step that ended."""

    def look(self, waits: Sequence[Wait]) -> None:
        """Comes round several times a second, with what is waited for."""


class Nobody:
    """An onlooker who is not there."""

    def begin_stage(self, stage: Stage) -> None:
        """Shows nothing."""

    def begin_step(self, item: Numbered) -> None:
        """Shows nothing."""

    def end_step(self, number: int) -> None:
        """Shows nothing."""

    def begin_again(self, event: TrackBegunAgain) -> None:
        """Shows nothing."""

    def look(self, waits: Sequence[Wait]) -> None:
        """Shows nothing."""


class TrackEnd(Exception):  # noqa: N818  not an error
    """The rest of the track has no sense.

    Args:
        reason: One sentence.
        by_chance: The code of what ended it, where that depends on the moment: the track may begin again.
    """

    def __init__(self, reason: str, *, by_chance: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.by_chance = by_chance
