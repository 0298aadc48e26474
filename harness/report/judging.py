"""Judges a run from its plans and its events alone: right after it, or years later."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.errors import ScenarioError
from harness.evidence.blame import split_of
from harness.evidence.chain import judge_chain
from harness.evidence.checks import breaks_old, judge_checks
from harness.evidence.expectations import judge_check_items, judge_items
from harness.evidence.outcomes import judge_outcomes
from harness.evidence.timeline import Limits, Timeline
from harness.evidence.verdicts import judge
from harness.model.events import Asked, Event, Started
from harness.report.acceptance import accept
from harness.report.document import Document, build_document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.plan.steps import Plan


def judge_run(plans: Sequence[Plan], digests: Sequence[str], events: Sequence[Event]) -> Document:
    """Makes the report of a run.

    Args:
        plans: Those that were run, in order; the first is the walk.
        digests: Their names.
        events: What happened, in order.

    Raises:
        ScenarioError: The run ended before anything was asked.
    """
    timeline = look_back(plans, events)
    plan, events, outcomes = timeline.plan, timeline.events, timeline.outcomes
    asked = next(timeline.of(Asked))
    judgements = judge_checks(timeline)
    whole = asked.is_whole
    answer = judge(plan, outcomes, asked.schedule, breaks_old(judgements))
    document = build_document(
        plan=plan,
        digests=tuple(digests),
        revisions=asked.revisions,
        events=events,
        outcomes=outcomes,
        results=judge_items(plan, outcomes, asked.expected, asked.schedule, complete=whole, all_met=asked.all_met),
        judgements=judgements,
        check_results=judge_check_items(plan, judgements, asked.expected, asked.schedule, complete=whole),
        answer=answer,
        schedule=asked.schedule,
        split=split_of(plan) if len(plans) > 1 else None,
        journeys_left_out=asked.journeys_left_out,
        chain=judge_chain(plan, events, asked.chain, outcomes, answer) if asked.chain else None,
    )
    return accept(document, asked.waivers, asked.baseline)


def look_back(plans: Sequence[Plan], events: Sequence[Event]) -> Timeline:
    """All that happened so far, as checks look at it.

    Args:
        plans: Those that were run, in order; the first is the walk.
        events: What happened, in order.

    Raises:
        ScenarioError: The run ended before anything was asked.
    """
    events = tuple(events)
    started = next((event for event in events if isinstance(event, Started)), None)
    asked = next((event for event in events if isinstance(event, Asked)), None)
    if started is None or asked is None or not plans:
        raise ScenarioError("the run ended before it asked anything, so there is nothing to judge")
    plan = replace(plans[0], stages=tuple(stage for plan in plans for stage in plan.stages))
    return Timeline(
        plan=plan,
        events=events,
        outcomes=judge_outcomes(plan, events),
        limits=Limits(lock_wait_ms=asked.lock_wait_ms),
        reduced=started.reduced,
    )
