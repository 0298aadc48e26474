"""All checks, and where each of them asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from harness.evidence.checks import (
    background_error,
    full_scan,
    left_behind,
    lock_wait,
    lost_request,
    start_changes_schema,
    table_rewrite,
    unplannable_statement,
)
from harness.model.cell import ROLLOUT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.evidence.checks.check import Check
    from harness.evidence.timeline import Timeline
    from harness.model.finding import Judgement

#: Label of a step, or ``rollout``; and the name of a check.
CheckKey: TypeAlias = tuple[str, str]

#: In the order of reports.
CHECKS: tuple[Check, ...] = (
    unplannable_statement.CHECK,
    background_error.CHECK,
    start_changes_schema.CHECK,
    lock_wait.CHECK,
    table_rewrite.CHECK,
    full_scan.CHECK,
    left_behind.CHECK,
    lost_request.CHECK,
)


def check_keys(labels: Iterable[str]) -> tuple[CheckKey, ...]:
    """Every step at which each check asks, in the order of the walk.

    Args:
        labels: The steps.
    """
    steps = [(label, check.name) for label in labels for check in CHECKS if check.each_step]
    return (*steps, *((ROLLOUT, check.name) for check in CHECKS if check.rollout))


def judge_checks(timeline: Timeline) -> dict[CheckKey, Judgement]:
    """What each check says of each step.

    Args:
        timeline: What happened.
    """
    by_name = {check.name: check for check in CHECKS}
    return {(step, name): by_name[name].judge(timeline, step) for step, name in check_keys(timeline.plan.labels)}
