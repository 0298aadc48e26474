"""What whoever decides is told of the order: the one that works, or why none does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.evidence.blame import boots_of, split_of
from harness.evidence.schemas import Schemas, find_in
from harness.model.cell import ROLLOUT, Actor, Cell, Verdict
from harness.model.events import MigrationFailed
from harness.model.rollout import When

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.evidence.outcome import Outcome
    from harness.evidence.verdicts import StepVerdict
    from harness.plan.steps import Plan


def describe_splits(splits: tuple[int, ...], plan: Plan) -> str:
    """The order that was rehearsed as a rollout; others only look possible, step by step.

    Args:
        splits: After how many steps the code may come.
        plan: The walk, or the rollout where there was one.

    Returns:
        A sentence; the empty string where there is none.
    """
    if not splits:
        return ""
    rehearsed = split_of(plan)
    if boots_of(plan) and plan.labels and rehearsed not in splits:
        possible = "; or ".join(_describe_split(split, plan.labels) for split in splits)
        return f"{possible} (it looks possible step by step, but was not rehearsed: when = {When.AT_BOOT})"
    told = describe_rehearsed(plan) if rehearsed in splits else _describe_split(splits[-1], plan.labels)
    if len(splits) == 1:
        return told
    return f"{told} (rehearsed; orders that look possible step by step, but were not rehearsed: {len(splits) - 1})"


def describe_rehearsed(plan: Plan) -> str:
    """The order that a rollout had, in words.

    Args:
        plan: That of the rollout.
    """
    if boots_of(plan) and plan.labels:
        return "all steps at the start of the first new replicas"
    return _describe_split(split_of(plan), plan.labels)


def _describe_split(split: int, labels: tuple[str, ...]) -> str:
    if not labels:
        return "the code alone, for there is no migration"
    if split == len(labels):
        return "all steps before the code"
    if split == 0:
        return "all steps after the code"
    first = labels[0] if split == 1 else f"{labels[0]} to {labels[split - 1]}"
    return f"{first} before the code, the rest after"


def why_none(  # noqa: PLR0911  one sentence for each reason
    plan: Plan, steps: tuple[StepVerdict, ...], seen: Schemas, outcomes: Mapping[tuple[Cell, str], Outcome]
) -> str:
    """Why no order works, or why none is proven, and what would help.

    Args:
        plan: The walk.
        steps: What was found of each step.
        seen: On which schemas each release works.
        outcomes: One for each cell and journey.
    """
    stuck = _find_stuck(plan, outcomes, Actor.OLD_WARM)
    if stuck:
        return f"no order is proven: the migration {stuck} fails, and nothing behind it was seen"
    neither = [step.label for step in steps if step.verdict is Verdict.NEITHER]
    if neither:
        one = len(neither) == 1
        return (
            f"no order works: {', '.join(neither)} {'breaks' if one else 'break'} both releases; split "
            f"{'it' if one else 'each'} into an expand and a contract step in two deploys, or take downtime"
        )
    if seen.new[-1] is False and not plan.labels:
        return (
            "not as it is: there is no migration, and the new release fails on the schema that both have, see "
            f"{ROLLOUT}-{Actor.NEW_CONTROL}; one may be missing"
        )
    if seen.new[-1] is False:
        return f"no order works: the new release fails on its own schema, see {ROLLOUT}-{Actor.NEW_CONTROL}"
    if seen.misreads():
        return _why_misread(plan, outcomes)
    found = seen.contradiction()
    if found is not None:
        early, late = found
        return (
            f"no order works as the steps are numbered: {early} must come after the code, and {late} behind it before "
            f"the code; move {early} to the end, or to the next release"
        )
    warm = [label for label, works in zip(plan.labels, seen.new_warm[1:], strict=True) if works is False]
    if warm and False not in seen.new and False in seen.old:
        return f"no order works: new replicas do not survive {', '.join(warm)} while they serve, and old ones break too"
    stuck = _find_stuck(plan, outcomes, Actor.NEW_WARM)
    if stuck:
        return f"no order is proven: the migration {stuck} fails where the new release was started before it"
    halves = [*zip(plan.labels, seen.old[1:], seen.new[:-1], strict=True)]
    unseen = {label: old for label, old, new in halves if None in (old, new)}
    labels = ", ".join(unseen) or f"{ROLLOUT}-{Actor.NEW_CONTROL}"
    breaks = next((label for label, old, _ in halves if old is False), None)
    if breaks in unseen and None not in unseen.values():
        return (
            f"no order is proven: {breaks} breaks the old release, and whether the new one can go ahead of {labels} "
            "could not be judged"
        )
    return f"no order is proven: {labels} could not be judged"


def _why_misread(plan: Plan, outcomes: Mapping[tuple[Cell, str], Outcome]) -> str:
    """Why the new release fails on the last two schemas, though not on data of its own."""
    last = plan.labels[-1]
    origins = [o.inherited_from for o in find_in(plan, outcomes, Cell(last, Actor.NEW_AHEAD))]
    guilty = next((origin for origin in origins if origin not in {None, ROLLOUT}), None)
    if guilty is not None and ROLLOUT not in origins:
        return (
            f"no order works: {guilty} breaks new replicas that are started behind it as it does old ones, see "
            f"{guilty}-{Actor.OLD_COLD}"
        )
    return (
        f"no order works: the new release fails on what the old one wrote, before {last} and behind it; let it read "
        f"both, see {ROLLOUT}-{Actor.NEW}"
    )


def _find_stuck(plan: Plan, outcomes: Mapping[tuple[Cell, str], Outcome], actor: Actor) -> str:
    """The first migration that fails below a release: below the old one it does so by itself, whatever is deployed."""
    failed = (
        label
        for label in plan.labels
        for outcome in find_in(plan, outcomes, Cell(label, actor))
        if any(isinstance(item, MigrationFailed) for item in outcome.evidence)
    )
    return next(failed, "")
