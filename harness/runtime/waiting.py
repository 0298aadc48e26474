"""The one place that reads the clock and sleeps."""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Between two looks at something that is expected within a second: short beside a process's start, long beside a look.
POLL_S = 0.01


def now() -> float:
    """Seconds on a monotonic clock."""
    return time.monotonic()


def wall_clock() -> float:
    """Seconds since the epoch, to be compared with the times in PostgreSQL's log."""
    return time.time()


def sleep(seconds: float) -> None:
    """Waits; the only sleep of the harness."""
    time.sleep(seconds)


def await_true(condition: Callable[[], bool], *, timeout_s: float, poll_s: float = POLL_S) -> bool:
    """Looks again and again until a condition holds.

    Args:
        condition: What to look at.
        timeout_s: Seconds until it is given up.
        poll_s: Seconds between two looks.

    Returns:
        Whether it held in time.
    """
    deadline = now() + timeout_s
    while not condition():
        if now() >= deadline:
            return False
        sleep(poll_s)
    return True


@dataclass(frozen=True, kw_only=True)
class Wait:
    """Something that is waited for now.

    Args:
        who: Name of the replica.
        what: What it is to do, and for how long it may take: ``to be ready (GET /readyz, within 30 s)``.
        since: When that began, by :func:`now`.
    """

    who: str
    what: str
    since: float


class Waits:
    """What is waited for now, in whichever thread: for somebody who looks on."""

    def __init__(self) -> None:
        self._open: dict[object, Wait] = {}
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def on(self, who: str, what: str) -> Iterator[None]:
        """Tells of a wait as long as it lasts.

        Args:
            who: Name of the replica.
            what: What it is to do.
        """
        key = object()
        with self._lock:
            self._open[key] = Wait(who=who, what=what, since=now())
        try:
            yield
        finally:
            with self._lock:
                del self._open[key]

    def open(self) -> tuple[Wait, ...]:
        """Those that last, in the order in which they began."""
        with self._lock:
            return tuple(self._open.values())
