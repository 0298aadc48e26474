"""What the author says has to hold at every moment of a rollout."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.traffic.journeys import CLIENT, shadows

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, eq=False)
class Invariant:
    """What has to hold whenever nobody is under way.

    Args:
        name: The function's name.
        function: It gets the client, and raises where it does not hold.
        misuse: What is wrong with how ``@invariant`` was used, in one sentence; or the empty string.
    """

    name: str
    function: Callable[[Any], object]
    misuse: str = ""

    @property
    def file(self) -> str:
        """The file that it is written in."""
        return self.function.__code__.co_filename

    def problem(self) -> str | None:
        """One sentence about what is wrong with its form, or None."""
        if self.misuse:
            return self.misuse
        if inspect.isgeneratorfunction(self.function) or inspect.iscoroutinefunction(self.function):
            return f"the invariant {self.name} must be a plain function: it looks once, and asserts"
        if list(inspect.signature(self.function).parameters) != [CLIENT]:
            return f"the invariant {self.name} takes one parameter, {CLIENT}; client.sql reaches the database"
        return None


def invariant(function: Callable[[Any], object], /) -> Invariant:
    """Makes an invariant of a function, which exploration calls behind every write and every deploy event.

    Args:
        function: It gets a ``client``, an ``httpx.Client`` with ``sql`` and ``run`` as a journey's, once for each
            release that serves, and raises ``AssertionError`` where something does not hold.
    """
    return Invariant(function.__name__, function, shadows(function, Invariant, "invariants"))
