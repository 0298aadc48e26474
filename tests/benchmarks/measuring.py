"""How often, how long, how much processor time."""

from __future__ import annotations

import re
import resource
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from application import READY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class BenchmarkError(Exception):
    """Something that is measured did not do what it was started for."""


@dataclass
class Spent:
    """How often something was done, and what it took.

    Args:
        count: How often; None where that says nothing.
        wall_s: Seconds by the clock.
        cpu_s: Seconds of processor time of all processes but PostgreSQL's; None where it was not measured.
        note: What a reader has to know, such as that it is extrapolated.
    """

    count: int | None = None
    wall_s: float = 0.0
    cpu_s: float | None = None
    note: str = ""


def add_up(parts: list[Spent]) -> Spent:
    """All of them, one after the other."""
    return Spent(wall_s=sum(part.wall_s for part in parts), cpu_s=sum(part.cpu_s or 0.0 for part in parts))


@contextmanager
def measure(spent: Spent) -> Iterator[None]:
    """Fills in what the block takes; processes count once they have ended."""
    began, before = time.monotonic(), _cpu_s()
    yield
    spent.wall_s = time.monotonic() - began
    spent.cpu_s = _cpu_s() - before


def count_requests(logs: Path) -> Counter[str]:
    """Counts the requests in the access logs of all replicas, by kind; probes are left out.

    Those that warm a replica are in no event, so the report's own number is too small.
    """
    counts: Counter[str] = Counter()
    for log in logs.glob("*.log"):
        for method, path in re.findall(r'"([A-Z]+) (\S+) HTTP/1', log.read_text(encoding="utf-8")):
            if path != READY:
                counts[f"{method} {re.sub(r'[0-9]+', '{id}', path)}"] += 1
    return counts


def _cpu_s() -> float:
    both = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)
