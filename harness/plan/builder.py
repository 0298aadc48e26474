"""Collects the steps of a plan, and sees to it that every copy that is resumed was left paused somewhere before."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.plan.steps import FULL_RUN, Attempt, Drive, Numbered, Stage, Step, Track

if TYPE_CHECKING:
    from harness.model.cell import Cell

#: Passes through each cell: the first hides what a cache still holds, the second what fails once.
ROUNDS = 2


@dataclass
class Origin:
    """A place in the plan where copies are started and left paused.

    Args:
        name: Text of its cell, and who wrote there where that is not one release alone.
        replicas: Who starts them, in turn.
    """

    name: str
    replicas: tuple[str, ...]
    left: list[Attempt] = field(default_factory=list)
    _turns: Counter[str] = field(default_factory=Counter)

    def next_starter(self, journey: str) -> str:
        """The replica whose turn it is to start a copy of a journey."""
        turn = self._turns[journey]
        self._turns[journey] += 1
        return self.replicas[turn % len(self.replicas)]


@dataclass
class _Driving:
    """A ``Drive`` whose left copies are not all known yet: later steps ask for them."""

    cell: Cell
    rounds: tuple[tuple[Attempt, ...], ...]
    origins: tuple[Origin, ...]


class PlanBuilder:
    """Builds stages and tracks in order; later steps may still add paused copies to earlier ones.

    Args:
        journeys: Names of the journeys, in order.
    """

    def __init__(self, journeys: tuple[str, ...]) -> None:
        self.journeys = journeys
        self._copies = 0
        self._stages: list[tuple[str, list[tuple[str, list[Step | _Driving]]]]] = []

    def stage(self, name: str) -> None:
        """Begins a stage."""
        self._stages.append((name, []))

    def track(self, name: str) -> None:
        """Begins a track of the current stage."""
        self._stages[-1][1].append((name, []))

    def add(self, *steps: Step) -> None:
        """Appends steps to the current track."""
        self._stages[-1][1][-1][1].extend(steps)

    def fresh(self, *replicas: str) -> list[Attempt]:
        """A new copy of each journey, run to its end through the given replicas."""
        return [
            Attempt(copy=self._next(), journey=journey, origin="fresh", replicas=replicas, moves=FULL_RUN)
            for journey in self.journeys
        ]

    def resumed(self, origin: Origin, *replicas: str, depth: int = 1) -> list[Attempt]:
        """A copy of each journey that was left paused at an origin, run on to what it has not done yet.

        So what it writes here is checked here too, and not behind the next step, which would be blamed for it.

        Args:
            origin: Where it was left.
            replicas: Who answers.
            depth: How many segments had run when it was left.
        """
        name = origin.name if depth == 1 else f"{origin.name}, segment {depth}"
        return [
            Attempt(
                copy=self._leave(origin, journey, depth),
                journey=journey,
                origin=name,
                replicas=replicas,
                moves=FULL_RUN,
            )
            for journey in self.journeys
        ]

    def travelling(self, travellers: dict[str, int], origin: Origin, *replicas: str) -> list[Attempt]:
        """One and the same copy of each journey, moved by one segment in every state that it comes to.

        Args:
            travellers: Journey and copy, filled on first use.
            origin: Where they start.
            replicas: Who answers here.
        """
        for journey in self.journeys:
            if journey not in travellers:
                travellers[journey] = self._leave(origin, journey)
        return [
            Attempt(copy=copy, journey=journey, origin="traveller", replicas=replicas, moves=1)
            for journey, copy in travellers.items()
        ]

    def drive(self, cell: Cell, rounds: list[list[Attempt]], *origins: Origin) -> None:
        """Appends a ``Drive``.

        Args:
            cell: What the attempts count for.
            rounds: The attempts of each pass.
            origins: The places at the end of it from which later states resume copies.
        """
        frozen = tuple(tuple(attempts) for attempts in rounds)
        self._stages[-1][1][-1][1].append(_Driving(cell, frozen, origins))

    def build(self, first_number: int = 1) -> tuple[Stage, ...]:
        """Numbers the steps and freezes everything; a stage in which nothing is done is left out."""
        number = first_number
        stages = []
        for stage_name, tracks in filter(lambda stage: stage[1], self._stages):
            built = []
            for track_name, steps in tracks:
                numbered = []
                for step in steps:
                    frozen = _freeze(step)
                    numbered.append(Numbered(number=number, step=frozen))
                    number += 1
                built.append(Track(name=track_name, steps=tuple(numbered)))
            stages.append(Stage(name=stage_name, tracks=tuple(built)))
        return tuple(stages)

    def _leave(self, origin: Origin, journey: str, depth: int = 1) -> int:
        copy = self._next()
        starter = origin.next_starter(journey)
        origin.left.append(Attempt(copy=copy, journey=journey, origin="fresh", replicas=(starter,), moves=depth))
        return copy

    def _next(self) -> int:
        self._copies += 1
        return self._copies


def _freeze(step: Step | _Driving) -> Step:
    if isinstance(step, _Driving):
        return Drive(
            cell=step.cell, rounds=step.rounds, leave=tuple(attempt for o in step.origins for attempt in o.left)
        )
    return step
