"""On which schemas of a walk each release was seen to work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.evidence.outcome import OLD_HALF, Outcome
from harness.model.cell import ROLLOUT, Actor, Cell, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.plan.steps import Plan

#: A journey that ended in one of these has told something about its cell.
SEEN = frozenset({Status.PASS, Status.TRANSIENT})


@dataclass(frozen=True, kw_only=True)
class Schemas:
    """On which schemas, 0 to n, each release was seen to work or to break; None where it was not seen.

    Args:
        labels: The steps.
        old: The old release on each schema.
        new: The new release, started on each schema.
        new_warm: The new release that was there before the step that led to each schema; None for schema 0.
    """

    labels: tuple[str, ...]
    old: tuple[bool | None, ...]
    new: tuple[bool | None, ...]
    new_warm: tuple[bool | None, ...]

    @classmethod
    def see(cls, plan: Plan, outcomes: Mapping[tuple[Cell, str], Outcome], broken: Mapping[str, str]) -> Schemas:
        """Looks through the outcomes of a walk.

        Args:
            plan: The walk.
            outcomes: One for each cell and journey.
            broken: Steps with which the old release does not live, whatever its journeys do.
        """

        def seen(step: str, *actors: Actor) -> bool | None:
            found = [o for actor in actors for o in find_in(plan, outcomes, Cell(step, actor))]
            return works([outcome for outcome in found if outcome.can_be_tried])

        return cls(
            labels=plan.labels,
            old=(True, *(label not in broken and seen(label, *OLD_HALF) for label in plan.labels)),
            new=(*(seen(label, Actor.NEW_AHEAD) for label in plan.labels), seen(ROLLOUT, Actor.NEW_CONTROL)),
            new_warm=(None, *(seen(label, Actor.NEW_WARM) for label in plan.labels)),
        )

    def splits(self) -> tuple[int, ...]:
        """Every j such that old works on schemas 0..j, new on j..n, and new survives the steps behind j."""
        count = len(self.labels)
        return tuple(
            j for j in range(count + 1) if all(self.old[: j + 1]) and all(self.new[j:]) and all(self.new_warm[j + 1 :])
        )

    def horizon(self) -> str | None:
        """The last step up to which the old release was seen to work; None where nothing was seen.

        A step at which nothing was seen is passed over: it works there too where it works on the schema behind it.
        """
        broken = next((k for k, works in enumerate(self.old) if works is False), len(self.old))
        reached = max(k for k in range(broken) if self.old[k])
        if reached == 0 and (not self.labels or self.old[1] is None):
            return None
        return ("base", *self.labels)[reached]

    def misreads(self) -> bool:
        """Whether the new release fails on the old one's data on the last two schemas, and not on data of its own."""
        return len(self.new) > 1 and self.new[-2] is False and self.new_warm[-1] is False and self.new[-1] is True

    def contradiction(self) -> tuple[str, str] | None:
        """A step that the old release does not survive, and one behind which the new one has to wait."""
        first_old = next((k for k, works in enumerate(self.old) if works is False), None)
        last_new = max((k for k, works in enumerate(self.new[:-1]) if works is False), default=None)
        if first_old is None or last_new is None or first_old > last_new + 1:
            return None
        return self.labels[first_old - 1], self.labels[last_new]


def works(outcomes: list[Outcome]) -> bool | None:
    """Whether all works that was seen there; None where something was not seen and nothing failed."""
    return works_by(outcome.status for outcome in outcomes)


def works_by(statuses: Iterable[Status]) -> bool | None:
    """The same, where no more is known of each journey than what came of it."""
    found = [status for status in statuses if status is not Status.INCONCLUSIVE]
    if Status.FAIL in found:
        return False
    return True if found and SEEN.issuperset(found) else None


def find_in(plan: Plan, outcomes: Mapping[tuple[Cell, str], Outcome], cell: Cell) -> list[Outcome]:
    """What each journey shows in a cell, in the order of the journeys."""
    return [outcomes[cell, journey] for journey in plan.journeys if (cell, journey) in outcomes]
