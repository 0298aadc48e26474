"""What a tool says of a step, held against the truth: hit, miss, false alarm."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Mark(StrEnum):
    """One tool on one step."""

    HIT = "hit"
    """It warns of this hazard."""
    WRONG = "wrong"
    """It warns, and of something else."""
    MISS = "miss"
    """It is silent on a hazard."""
    UNTESTED = "untested"
    """It says itself that it has not seen enough."""
    CLEAN = "clean"
    """It is silent on a safe change."""
    ALARM = "false alarm"
    """It warns of a safe change."""
    NOTHING = "-"
    """It cannot look at this step."""


@dataclass(frozen=True)
class Cell:
    """A mark, and why.

    Args:
        mark: What it comes to.
        note: The tool's own words, such as names of rules.
    """

    mark: Mark
    note: str = ""

    def __str__(self) -> str:
        return f"{self.mark}: {self.note}" if self.note else self.mark


@dataclass(frozen=True)
class Row:
    """One step of one scenario.

    Args:
        scenario: Its name.
        step: Its revision, or ``rollout``.
        hazard: Its family; empty for a safe change.
        cells: By tool.
    """

    scenario: str
    step: str
    hazard: str
    cells: Mapping[str, Cell]


@dataclass(frozen=True)
class Opinion:
    """What a tool that knows rules says of a step.

    Args:
        rules: Those that fired.
        unavailable: Why it could not look, if so.
    """

    rules: tuple[str, ...] = ()
    unavailable: str = ""


@dataclass(frozen=True)
class Rulebook:
    """What a tool's rules speak of; those in neither table are about style, and count for nothing.

    Args:
        dangers: Families of hazards, or beginnings of their ids, by rule: a warning is a hit there, a false alarm on
            what is safe, and wrong anywhere else.
        advice: The same for what a rule asks for whenever it can, such as a time-out: never a false alarm.
    """

    dangers: Mapping[str, tuple[str, ...]]
    advice: Mapping[str, tuple[str, ...]]

    def judge(self, hazard: str, opinion: Opinion) -> Cell:
        """Marks an opinion.

        Args:
            hazard: The family; empty for a safe change.
            opinion: What the tool says.
        """
        if opinion.unavailable:
            return Cell(Mark.NOTHING, opinion.unavailable)
        rules = sorted(set(opinion.rules))
        dangers = [rule for rule in rules if rule in self.dangers]
        if not hazard:
            return Cell(Mark.ALARM, ", ".join(dangers)) if dangers else Cell(Mark.CLEAN)
        known = {**self.dangers, **self.advice}
        right = [rule for rule in rules if hazard.startswith(known.get(rule, ()))]
        if right:
            return Cell(Mark.HIT, ", ".join(right))
        return Cell(Mark.WRONG, ", ".join(dangers)) if dangers else Cell(Mark.MISS)


def count(rows: Iterable[Row], tool: str) -> tuple[Counter[Mark], Counter[Mark]]:
    """The marks of a tool on hazards, and those on safe changes."""
    on_hazards, on_safe = Counter[Mark](), Counter[Mark]()
    for row in rows:
        (on_hazards if row.hazard else on_safe)[row.cells[tool].mark] += 1
    return on_hazards, on_safe
