"""All checks, and where each of them asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from harness.evidence.checks import (
    background_error,
    boot_order,
    boot_race,
    failed_migration,
    failed_request,
    full_scan,
    left_behind,
    lock_wait,
    lost_request,
    one_off_task,
    probe_under_lock,
    start_changes_schema,
    table_rewrite,
    torn_migration,
    unplannable_statement,
)
from harness.model.cell import ROLLOUT, Status
from harness.model.events import Asked
from harness.model.finding import Weight
from harness.model.rollout import When

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

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
    failed_migration.CHECK,
    failed_request.CHECK,
    lock_wait.CHECK,
    table_rewrite.CHECK,
    full_scan.CHECK,
    left_behind.CHECK,
    torn_migration.CHECK,
    lost_request.CHECK,
    probe_under_lock.CHECK,
    boot_race.CHECK,
    boot_order.CHECK,
    one_off_task.CHECK,
)


def check_keys(labels: Collection[str], when: When = When.BEFORE, *, tasks: bool = False) -> tuple[CheckKey, ...]:
    """Every step at which each check asks, in the order of the walk.

    Args:
        labels: The steps.
        when: When the settings run them.
        tasks: Whether there are one-off tasks.
    """
    asked = [c for c in CHECKS if (when is When.AT_BOOT or not c.at_boot) and (tasks or not c.of_tasks)]
    steps = [(label, check.name) for label in labels for check in asked if check.each_step]
    whole = [(ROLLOUT, check.name) for check in asked if check.rollout and (labels or not check.of_steps)]
    return (*steps, *whole)


def breaks_old(judgements: Mapping[CheckKey, Judgement]) -> dict[str, str]:
    """Steps with which the old release does not live though its journeys may pass, each with what shows it.

    Args:
        judgements: What each check says of each step.
    """
    names = {check.name for check in CHECKS if check.breaks_old}
    found: dict[str, str] = {}
    for (step, name), judgement in judgements.items():
        if name in names and judgement.status is Status.FAIL and step != ROLLOUT:
            first = next(finding for finding in judgement.findings if finding.weight is Weight.FAIL)
            found.setdefault(step, f"{name}: {first.headline}")
    return found


def judge_checks(timeline: Timeline) -> dict[CheckKey, Judgement]:
    """What each check says of each step.

    Args:
        timeline: What happened.
    """
    by_name = {check.name: check for check in CHECKS}
    asked = next(timeline.of(Asked), None)
    when, tasks = (asked.schedule.when, bool(asked.tasks)) if asked is not None else (When.BEFORE, False)
    keys = check_keys(timeline.plan.labels, when, tasks=tasks)
    return {(step, name): by_name[name].judge(timeline, step) for step, name in keys}
