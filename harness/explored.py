"""What a search among the rollouts of a rehearsal came to, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.model.release import ReleaseName
from harness.plan.tale import Tale, render_tale

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.plan.schedule import Schedule


@dataclass(frozen=True, kw_only=True)
class Explored:
    """What a search came to.

    Args:
        examples: How many schedules were played.
        duration_s: Seconds that they took.
        answered: In how many of them each release answered a request: where one did in none, nothing was found out of
            a rollout.
        over_s: The budget, where it was over before anything else was; else 0.
        phantoms: How many failed with processes that had served others before, and not with new ones.
        stuck: Whether processes do not get over an exchange of their database, so that each rollout had new ones.
        left_out: What was not asked since the walk tells it, a line each.
        schedule: The smallest that fails, or None.
        tale: What it comes to.
        cut: Whether there was no time to find out that it is the smallest.
    """

    examples: int
    duration_s: float
    answered: Mapping[str, int] = field(default_factory=dict)
    over_s: float = 0.0
    phantoms: int = 0
    stuck: bool = False
    left_out: tuple[str, ...] = ()
    schedule: Schedule | None = None
    tale: Tale = field(default_factory=Tale)
    cut: bool = False

    @property
    def untested(self) -> str:
        """Why nothing was found out, in a sentence; the empty string where something was."""
        missing = [str(release) for release in ReleaseName if not self.answered.get(release)]
        if not missing or self.schedule is not None:
            return ""
        if self.over_s and not self.examples:
            budget = f"the budget of {self.over_s:g} s was over before the first rollout"
            return f"untested: {budget}; give it a larger budget_s"
        return (
            f"untested: in none of {self.examples} rollouts did the {' or the '.join(missing)} release answer a "
            "request; give it a larger budget_s or max_steps, or see what the walk tells of journeys that were left out"
        )

    @property
    def doubt(self) -> str:
        """That a smaller one may be left, in words; the empty string where none is."""
        if not self.cut or self.schedule is None:
            return ""
        return "perhaps not the smallest: the time for making it smaller was over; a larger budget_s gives it more"

    def lines(self) -> list[str]:
        """What a person wants to know."""
        rate = self.examples / self.duration_s if self.duration_s else 0.0
        new = self.answered.get(ReleaseName.NEW, 0)
        lines = [
            f"explored    {self.examples} rollouts in {self.duration_s:.1f} s, {rate:.1f} a second",
            f"answered    in {new} of {self.examples} the new release answered",
        ]
        lines += [f"left out    {line}" for line in self.left_out]
        if self.stuck:
            lines.append("slow        each rollout has new processes: those that stay do not get over a new database")
        if self.phantoms:
            lines.append(f"doubtful    {self.phantoms} failed only where processes had served other rollouts before")
        lines += render_tale(self.tale) if self.schedule is not None else [self.untested or "found       nothing"]
        lines += [f"story       {self.doubt}"] if self.doubt else []
        return lines
