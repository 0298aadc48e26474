"""What is said of the difference between two reports."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

#: In the place of a status where a report has no such cell.
ABSENT = "absent"


class Direction(StrEnum):
    """Where a change leads to."""

    WORSE = "worse"
    """The deployment relies on it, and it failed, or is not seen any more."""
    BETTER = "better"
    """It works now, or is seen to work."""
    CHANGED = "changed"
    """Neither: nobody relies on it, it is expected, or what failed is not seen any more."""
    SAME = "same"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One place where the second report says something else than the first.

    Args:
        direction: Whether that is better or worse.
        step: Label of the step, ``base`` or ``rollout``; the empty string where it is the answer as a whole.
        what: Actor or check; ``verdict``, ``deploy``, ``roll back`` or ``restart``.
        before: What the first report says.
        after: What the second one says.
        names: Journeys of which that is told; none where it is told of no journey.
        why: What happens, or happened before where it got better, in one sentence; or the empty string.
    """

    direction: Direction
    step: str
    what: str
    before: str
    after: str
    names: tuple[str, ...] = ()
    why: str = ""

    @property
    def is_inherited(self) -> bool:
        """Whether another step breaks this cell, or broke it where it fails no more: it is the same news again."""
        return self.after.startswith("(") or (self.before.startswith("(") and self.after not in {"fail", "transient"})


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of the two reports.

    Args:
        old: Its old release.
        new: Its new release.
        steps: Labels of steps that the other report has not.
        journeys: Names of journeys that the other report has not.
    """

    old: str
    new: str
    steps: tuple[str, ...]
    journeys: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """All of it.

    Args:
        name: Of the rehearsal.
        before: The first report.
        after: The second report.
        changes: The worse ones first, each kind in the order of the report.
        same: How many ``cells``, ``checks``, ``verdicts`` and ``answers`` both say the same of; a cell counts once
            for each journey.
    """

    name: str
    before: Side
    after: Side
    changes: tuple[Change, ...]
    same: dict[str, int]

    def of(self, direction: Direction) -> tuple[Change, ...]:
        """Changes of one kind."""
        return tuple(change for change in self.changes if change.direction is direction)

    @property
    def counts(self) -> dict[Direction, int]:
        """How many changes there are of each kind; a cell counts once for each journey."""
        return {
            one: sum(len(change.names) or 1 for change in self.of(one)) for one in Direction if one != Direction.SAME
        }

    @property
    def got_worse(self) -> bool:
        """Whether anything did."""
        return bool(self.of(Direction.WORSE))
