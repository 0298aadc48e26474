"""How steps of a plan ended, and the parts that run side by side; or that one began again."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class StepEnded:
    """A step of the plan is done.

    Args:
        number: Step of the plan.
        duration_s: Seconds that it took.
        at: When it began, in seconds since the epoch; 0 where that was not written down.
    """

    number: int
    duration_s: float
    at: float = 0.0


@dataclass(frozen=True, kw_only=True)
class TrackStopped:
    """A part of the plan ended early; the cells behind it were never reached.

    Args:
        track: Its name.
        number: Step of the plan at which it ended.
        reason: One sentence.
    """

    track: str
    number: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class TrackBegunAgain:
    """What ended a part of the plan depends on the moment, so that it began again, on databases made anew.

    What its first try told is no part of the rehearsal.

    Args:
        track: Its name.
        number: Step of the plan at which it ended.
        first: Its first step, at which it begins.
        reason: One sentence.
        sqlstate: Code of what ended it.
    """

    track: str
    number: int
    first: int
    reason: str
    sqlstate: str = ""

    def supersedes(self, event: object) -> bool:
        """Whether an event belongs to the try that is given up."""
        number = getattr(event, "number", None)  # not all belong to a step
        return number is not None and self.first <= number <= self.number and not isinstance(event, TrackBegunAgain)
