"""Names of places within a page, so that one part of a report can link to another."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.model.availability import Served
    from harness.model.events import Attempted
    from harness.model.locks import LocksSeen, TrafficRan


def of_plan_step(number: int) -> str:
    """A step of the plan, by its number."""
    return f"plan-{number}"


def of_column(number: int) -> str:
    """A step of the plan in the timeline, by its number."""
    return f"time-{number}"


def of_step(label: str) -> str:
    """A step of the schema, by its label."""
    return f"step-{re.sub(r'[^A-Za-z0-9_.-]', '-', label)}"


def of_attempt(attempt: Attempted) -> str:
    """An attempt: its copy runs at most once in each pass of a step."""
    return f"attempt-{attempt.number}-{attempt.round}-{attempt.copy}"


def of_request(event: Served | TrafficRan, index: int) -> str:
    """A request of the traffic in the background, by its place among those of its step."""
    return f"request-{event.number}-{index}"


def of_wait(event: LocksSeen, index: int) -> str:
    """Who waited for a lock, by its place among those of its step."""
    return f"wait-{event.number}-{index}"
