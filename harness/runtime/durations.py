"""How long each step of the schema takes where nothing else is asked of the database."""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Durations:
    """What was measured so far in one rehearsal; tracks that run side by side may note."""

    def __init__(self) -> None:
        self._longest: dict[str, float] = {}
        self._lock = threading.Lock()

    def note(self, revision: str, duration_s: float) -> None:
        """Keeps a measurement; of several of one step the longest counts.

        Args:
            revision: Id of the step.
            duration_s: Seconds.
        """
        with self._lock:
            self._longest[revision] = max(duration_s, self._longest.get(revision, 0.0))

    def expected(self, revisions: Iterable[str]) -> float:
        """Seconds that steps take together; infinite where one of them was not measured.

        Args:
            revisions: Their ids.
        """
        with self._lock:
            return sum(self._longest.get(revision, math.inf) for revision in revisions)
