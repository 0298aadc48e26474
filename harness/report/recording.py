"""What a report is drawn from: the document, and what lies beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.model.events import Event
    from harness.plan.steps import Plan


@dataclass(frozen=True, kw_only=True)
class Recording:
    """What was planned, and what happened.

    Args:
        plans: Those that were run, in order.
        events: In order.
    """

    plans: tuple[Plan, ...] = ()
    events: tuple[Event, ...] = ()
