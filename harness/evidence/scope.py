"""How far a failure reaches: which rows show it, and whether a later step heals it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model.cell import Cell, Status
from harness.model.events import Attempted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.evidence.outcome import Outcome
    from harness.model.events import Event
    from harness.plan.steps import Plan


def describe_scope(
    outcome: Outcome, plan: Plan, outcomes: Mapping[tuple[Cell, str], Outcome], attempts: Iterable[Attempted]
) -> str:
    """What a reader should know of a failure beside itself, in one or two sentences; or the empty string.

    Args:
        outcome: One journey in one cell.
        plan: Its steps.
        outcomes: All of them.
        attempts: Those of that journey in that cell.
    """
    if outcome.status is not Status.FAIL:
        return ""
    return "; ".join(filter(None, (_which_rows(tuple(attempts)), _healed(outcome, plan, outcomes))))


def attempts_by_place(events: Iterable[Event]) -> dict[tuple[Cell, str], list[Attempted]]:
    """All attempts by cell and journey, in order."""
    found: dict[tuple[Cell, str], list[Attempted]] = {}
    for event in events:
        if isinstance(event, Attempted):
            found.setdefault((event.cell, event.journey), []).append(event)
    return found


def _which_rows(attempts: tuple[Attempted, ...]) -> str:
    """Whether only what was written before, or only what is written now, shows it."""
    failed = {attempt.origin == "fresh" for attempt in attempts if attempt.failure is not None}
    passed = {attempt.origin == "fresh" for attempt in attempts if attempt.failure is None}
    if failed == {False} and True in passed:
        return "only what was written before shows it: what is written now is read"
    if failed == {True} and False in passed:
        return "only what is done now shows it: what was written before is still read"
    return ""


def _healed(outcome: Outcome, plan: Plan, outcomes: Mapping[tuple[Cell, str], Outcome]) -> str:
    """The step behind which the same actor passes the same journey again."""
    if outcome.cell.step not in plan.labels:
        return ""
    for label in plan.labels[plan.labels.index(outcome.cell.step) + 1 :]:
        later = outcomes.get((Cell(label, outcome.cell.actor), outcome.journey))
        if later is not None and later.status is Status.PASS:
            return f"healed by {label}, behind which it passes again"
    return ""
