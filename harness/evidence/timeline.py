"""What checks look at: a finished rehearsal, by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from harness.model.cell import Actor, Cell
from harness.model.events import MigrationFailed, SchemaChanged
from harness.model.tracks import TrackStopped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.evidence.outcome import Outcome
    from harness.model.events import Event
    from harness.plan.steps import Plan

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What is accepted without a finding.

    Args:
        lock_wait_ms: Milliseconds for which a request may wait for a lock that a migration holds.
    """

    lock_wait_ms: float = 200.0


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """A finished rehearsal.

    Args:
        plan: All that was planned.
        events: All that happened, in order.
        outcomes: What the journeys show.
        limits: What is accepted.
        reduced: What could not be observed on this server, one sentence each.
    """

    plan: Plan
    events: tuple[Event, ...]
    outcomes: Mapping[tuple[Cell, str], Outcome]
    limits: Limits = Limits()
    reduced: tuple[str, ...] = ()

    def of(self, kind: type[T]) -> Iterator[T]:
        """All events of one kind, in order."""
        return (event for event in self.events if isinstance(event, kind))

    def of_cell(self, cell: Cell) -> Iterator[Outcome]:
        """What each journey shows in a cell."""
        return (self.outcomes[cell, journey] for journey in self.plan.journeys if (cell, journey) in self.outcomes)

    def change(self, label: str) -> SchemaChanged | None:
        """What a step did to the schema; None where it was never applied."""
        return next((event for event in self.of(SchemaChanged) if event.label == label), None)

    def why_unseen(self, label: str) -> str:
        """Why nothing is known of a step, in one sentence."""
        if self.reduced:
            return self.reduced[0]
        if any(event.cell == Cell(label, Actor.OLD_WARM) for event in self.of(MigrationFailed)):
            return "the migration failed"
        return self.why_stopped() or "the rehearsal ended before it"

    def why_stopped(self) -> str:
        """Why a part of the rehearsal ended early; the empty string where none did."""
        return next((event.reason for event in self.of(TrackStopped)), "")
