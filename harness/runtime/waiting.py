"""The one place that reads the clock and sleeps."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

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
