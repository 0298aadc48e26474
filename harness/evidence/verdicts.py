"""From outcomes to answers: when may each step be run, in which order can the release be deployed, how far back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.evidence.outcomes import OLD_HALF, Outcome
from harness.model.cell import ROLLOUT, SEVERITY, Actor, Cell, Status, Verdict
from harness.model.rollout import When

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.plan.steps import Plan

#: A journey that ended in one of these has told something about its cell.
_SEEN = frozenset({Status.PASS, Status.TRANSIENT})


class Half(StrEnum):
    """One of the two questions about a step."""

    WORKS = "works"
    BREAKS = "breaks"
    UNSEEN = "unseen"


@dataclass(frozen=True, kw_only=True)
class StepVerdict:
    """The answer for one step.

    Args:
        label: The step.
        verdict: In one word.
        old: Whether the old release works after it.
        new: Whether the new release works before it.
        agrees: Whether the settings' ``when`` is compatible with it; None where it is untested.
        note: One sentence where something should be known about it, or the empty string.
    """

    label: str
    verdict: Verdict
    old: Half
    new: Half
    agrees: bool | None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The answer for the release as a whole.

    Args:
        steps: One verdict a step, in order.
        splits: Every j for which steps 1..j can run before the code and the rest after it.
        advice: One or a few sentences for whoever decides.
        horizon: Label of the last step at which the old release still works; ``base`` where the first breaks it;
            None where nothing was seen.
        no_restart_from: Label of the first step from which the old release's boot command fails, if any.
    """

    steps: tuple[StepVerdict, ...]
    splits: tuple[int, ...]
    advice: str
    horizon: str | None
    no_restart_from: str | None


def cell_status(outcomes: Iterable[Outcome]) -> Status:
    """The worst status among the journeys of a cell; ``untested`` where there are none."""
    found = {outcome.status for outcome in outcomes}
    return next((status for status in SEVERITY if status in found), Status.UNTESTED)


def judge(plan: Plan, outcomes: Mapping[tuple[Cell, str], Outcome], when: When) -> Answer:
    """Judges a walk.

    Args:
        plan: Its steps and journeys.
        outcomes: One for each cell and journey.
        when: When the settings run the migrations.
    """
    steps = tuple(_judge_step(plan, index, outcomes, when) for index in range(len(plan.labels)))
    old_works = [True, *(_works(plan, outcomes, [Cell(label, actor) for actor in OLD_HALF]) for label in plan.labels)]
    new_works = [
        *(_works(plan, outcomes, [Cell(label, Actor.NEW_AHEAD)]) for label in plan.labels),
        _works(plan, outcomes, [Cell(ROLLOUT, Actor.NEW_CONTROL)]),
    ]
    count = len(plan.labels)
    splits = tuple(j for j in range(count + 1) if all(old_works[: j + 1]) and all(new_works[j:]))
    reached = next((k for k in range(1, count + 1) if not old_works[k]), count + 1) - 1
    boots = [cell_status(_of(plan, outcomes, Cell(label, Actor.OLD_BOOT))) for label in plan.labels]
    return Answer(
        steps=steps,
        splits=splits,
        advice=_advise(steps, splits, count),
        horizon=("base", *plan.labels)[reached],
        no_restart_from=next(
            (label for label, status in zip(plan.labels, boots, strict=True) if status is Status.FAIL), None
        ),
    )


def choose_split(splits: tuple[int, ...], when: When, count: int) -> int:
    """The split point at which the rollout is rehearsed: the configured one where it works, else the nearest to it.

    Args:
        splits: Those that work.
        when: What the settings say.
        count: How many steps there are.
    """
    configured = 0 if when is When.AFTER else count
    return min(splits, key=lambda split: abs(split - configured), default=configured)


def _judge_step(plan: Plan, index: int, outcomes: Mapping[tuple[Cell, str], Outcome], when: When) -> StepVerdict:
    label = plan.labels[index]
    old_outcomes = [o for actor in OLD_HALF for o in _of(plan, outcomes, Cell(label, actor))]
    new_outcomes = _of(plan, outcomes, Cell(label, Actor.NEW_AHEAD))
    old, new = _half(old_outcomes), _half(new_outcomes)
    moved = [o.reason for o in new_outcomes if o.moved_schema]
    notes = list(dict.fromkeys(o.reason for o in old_outcomes if o.status is Status.PASS and o.reason))
    if new is Half.UNSEEN and moved:
        notes.append(f"{moved[0]}: it brings this step with it")
        new = Half.BREAKS
    verdict = _combine(old, new)
    if verdict is Verdict.UNTESTED:
        unseen = old_outcomes if old is Half.UNSEEN else new_outcomes
        notes.extend([o.reason for o in unseen if o.reason and not o.inherited_from][:1])
    for half, found in (("old", old_outcomes), ("new", new_outcomes)):
        hidden = {outcome.journey: outcome.inherited_from for outcome in found if outcome.inherited_from}
        if hidden:
            steps = ", ".join(sorted(set(filter(None, hidden.values()))))
            notes.append(f"{len(hidden)} of {len(plan.journeys)} journeys cannot judge its {half} half: see {steps}")
    agrees = None
    if verdict is not Verdict.UNTESTED:
        wanted = Verdict.AFTER if when is When.AFTER else Verdict.BEFORE
        agrees = verdict in {wanted, Verdict.EITHER}
    return StepVerdict(label=label, verdict=verdict, old=old, new=new, agrees=agrees, note="; ".join(notes))


def _half(outcomes: list[Outcome]) -> Half:
    if any(outcome.own_failure for outcome in outcomes):
        return Half.BREAKS
    return Half.WORKS if any(outcome.status in _SEEN for outcome in outcomes) else Half.UNSEEN


def _combine(old: Half, new: Half) -> Verdict:
    if Half.UNSEEN in {old, new}:
        return Verdict.UNTESTED
    if old is Half.WORKS:
        return Verdict.EITHER if new is Half.WORKS else Verdict.BEFORE
    return Verdict.AFTER if new is Half.WORKS else Verdict.NEITHER


def _works(plan: Plan, outcomes: Mapping[tuple[Cell, str], Outcome], cells: list[Cell]) -> bool:
    """Whether everything that was seen there works, and something was."""
    found = [o for cell in cells for o in _of(plan, outcomes, cell) if o.status is not Status.INCONCLUSIVE]
    return any(o.status in _SEEN for o in found) and not any(
        o.status in {Status.FAIL, Status.SKIPPED, Status.UNTESTED} for o in found
    )


def _of(plan: Plan, outcomes: Mapping[tuple[Cell, str], Outcome], cell: Cell) -> list[Outcome]:
    return [outcomes[cell, journey] for journey in plan.journeys if (cell, journey) in outcomes]


def _advise(steps: tuple[StepVerdict, ...], splits: tuple[int, ...], count: int) -> str:
    if splits:
        return " or ".join(_describe_split(split, steps, count) for split in (splits[-1], *splits[-2::-1])[:2])
    untested = [s.label for s in steps if s.verdict is Verdict.UNTESTED]
    neither = [s.label for s in steps if s.verdict is Verdict.NEITHER]
    if neither:
        one = len(neither) == 1
        return (
            f"no order works: {', '.join(neither)} {'breaks' if one else 'break'} both releases; split "
            f"{'it' if one else 'each'} into an expand and a contract step in two deploys, or take downtime"
        )
    if untested:
        return f"no order is proven: {', '.join(untested)} could not be judged"
    early = [s.label for s in steps if s.verdict is Verdict.AFTER]
    last_before = max((i for i, s in enumerate(steps) if s.verdict is Verdict.BEFORE), default=-1)
    stuck = [label for label in early if _position(steps, label) < last_before]
    if stuck:
        names, pivot = ", ".join(stuck), steps[last_before].label
        return (
            f"no order works as the steps are numbered: {names} must come after the code, and {pivot} behind it before "
            f"the code; move {names} to the end, or to the next release"
        )
    return "no order works: the new release fails on its own schema, see rollout-new-control"


def _position(steps: tuple[StepVerdict, ...], label: str) -> int:
    return next(i for i, step in enumerate(steps) if step.label == label)


def _describe_split(split: int, steps: tuple[StepVerdict, ...], count: int) -> str:
    if split == count:
        return "all steps before the code"
    if split == 0:
        return "all steps after the code"
    first = steps[0].label if split == 1 else f"{steps[0].label} to {steps[split - 1].label}"
    return f"{first} before the code, the rest after"
