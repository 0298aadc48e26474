"""From outcomes to answers: when may each step be run, in which order can the release be deployed, how far back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.evidence.advice import describe_rehearsed, describe_splits, why_none
from harness.evidence.outcome import OLD_HALF, Outcome
from harness.evidence.schemas import SEEN, Schemas, find_in, works
from harness.model.cell import ROLLOUT, SEVERITY, Actor, Cell, Status, Verdict
from harness.model.events import MigrationFailed, ReplicaFailed
from harness.model.rollout import When

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from harness.model.rollout import Schedule
    from harness.plan.steps import Plan


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
        can_roll_back: Whether the old release works on what the new one wrote; None where that was not seen.
        no_restart_from: Label of the first step from which the old release's boot command fails, if any.
    """

    steps: tuple[StepVerdict, ...]
    splits: tuple[int, ...]
    advice: str
    horizon: str | None
    can_roll_back: bool | None
    no_restart_from: str | None


def cell_status(outcomes: Iterable[Outcome]) -> Status:
    """The worst status among the journeys of a cell; ``untested`` where there are none."""
    found = {outcome.status for outcome in outcomes}
    return next((status for status in SEVERITY if status in found), Status.UNTESTED)


def judge(
    plan: Plan,
    outcomes: Mapping[tuple[Cell, str], Outcome],
    schedule: Schedule,
    broken: Mapping[str, str] | None = None,
) -> Answer:
    """Judges a walk, and the rollout where it was rehearsed.

    Args:
        plan: Its steps and journeys.
        outcomes: One for each cell and journey.
        schedule: When each step is run.
        broken: Steps with which the old release does not live by what checks show, whatever its journeys do.
    """
    broken = broken or {}
    seen = Schemas.see(plan, outcomes, broken)
    steps = tuple(_judge_step(plan, index, outcomes, schedule, broken) for index in range(len(plan.labels)))
    beside = [actor for actor in (Actor.OLD, Actor.MIXED, Actor.NEW) if _broken(plan, outcomes, Cell(ROLLOUT, actor))]
    splits = () if beside else seen.splits()
    advice = describe_splits(splits, plan) or why_none(plan, steps, seen, outcomes)
    if schedule.apart and not beside and works(find_in(plan, outcomes, Cell(ROLLOUT, Actor.NEW))):
        splits = (len(plan.labels),)
        advice = f"{describe_rehearsed(plan)}, while nobody serves (recreate)"
    if beside and seen.splits():
        tried = describe_rehearsed(plan)
        where = ", ".join(f"{ROLLOUT}-{actor}" for actor in beside)
        advice = f"no order is proven: no step does harm alone, but the rollout with {tried} fails, see {where}"
        if not plan.labels:
            advice = f"not as it is: there is no migration, but the rollout of the code fails, see {where}"
    return Answer(
        steps=steps,
        splits=splits,
        advice=advice,
        horizon=seen.horizon(),
        can_roll_back=_can_roll_back(plan, outcomes),
        no_restart_from=next((label for label in plan.labels if _cannot_boot(plan, outcomes, label)), None),
    )


def choose_split(splits: tuple[int, ...], schedule: Schedule, labels: Sequence[str]) -> int:
    """The split point at which the rollout is rehearsed: the configured one where it works, else the nearest to it.

    Replicas that migrate at boot know of none: the first of them runs all steps.

    Args:
        splits: Those that work.
        schedule: When each step is run.
        labels: The steps.
    """
    configured = schedule.split(labels)
    if schedule.when is When.AT_BOOT:
        return configured
    return min(splits, key=lambda split: abs(split - configured), default=configured)


@dataclass(frozen=True, kw_only=True)
class _Likely:
    """The verdict where one half hides behind what another step breaks.

    Args:
        hidden: That half.
        verdict: What the other half says.
        other: What it may be as well.
        note: What was not seen.
    """

    hidden: str
    verdict: Verdict
    other: Verdict
    note: str


_LIKELY = {
    (Half.WORKS, Half.UNSEEN): _Likely(
        hidden="new",
        verdict=Verdict.BEFORE,
        other=Verdict.EITHER,
        note=f"that it may come {When.AFTER} the code too was not seen",
    ),
    (Half.UNSEEN, Half.WORKS): _Likely(
        hidden="old",
        verdict=Verdict.AFTER,
        other=Verdict.EITHER,
        note=f"that it may come {When.BEFORE} the code too was not seen",
    ),
    (Half.BREAKS, Half.UNSEEN): _Likely(
        hidden="new",
        verdict=Verdict.AFTER,
        other=Verdict.NEITHER,
        note="that the new release works without it was not seen",
    ),
    (Half.UNSEEN, Half.BREAKS): _Likely(
        hidden="old",
        verdict=Verdict.BEFORE,
        other=Verdict.NEITHER,
        note="that the old release works with it was not seen",
    ),
}


def _judge_step(
    plan: Plan,
    index: int,
    outcomes: Mapping[tuple[Cell, str], Outcome],
    schedule: Schedule,
    broken: Mapping[str, str],
) -> StepVerdict:
    label = plan.labels[index]
    old_outcomes = [o for actor in OLD_HALF for o in find_in(plan, outcomes, Cell(label, actor))]
    new_outcomes = find_in(plan, outcomes, Cell(label, Actor.NEW_AHEAD))
    old, new = _half(old_outcomes), _half(new_outcomes)
    moved = [o.reason for o in new_outcomes if o.moved_schema]
    notes = list(dict.fromkeys(o.reason for o in old_outcomes if o.status is Status.PASS and o.reason))
    if label in broken and old is not Half.BREAKS:
        old = Half.BREAKS
        notes.append(f"no journey shows that the old release breaks, but {broken[label]}")
    if new is Half.UNSEEN and moved:
        notes.append(f"{moved[0]}: it brings this step with it")
        new = Half.BREAKS
    verdict = _combine(old, new)
    hidden = {"old": _hidden(old_outcomes), "new": _hidden(new_outcomes)}
    likely = _LIKELY.get((old, new))
    possible = {verdict}
    if likely is not None and hidden[likely.hidden]:
        verdict, possible = likely.verdict, {likely.verdict, likely.other}
        notes.append(likely.note)
    if verdict is Verdict.UNTESTED:
        unseen = old_outcomes if old is Half.UNSEEN else new_outcomes
        notes.extend([o.reason for o in unseen if o.reason and not o.inherited_from][:1])
    for half, steps in hidden.items():
        if steps:
            where = ", ".join(sorted(set(steps.values())))
            notes.append(f"{len(steps)} of {len(plan.journeys)} journeys cannot judge its {half} half: see {where}")
    agrees = None
    if verdict is not Verdict.UNTESTED:
        wanted = Verdict.AFTER if schedule.of(label) is When.AFTER else Verdict.BEFORE
        fits = {schedule.apart or one in {wanted, Verdict.EITHER} for one in possible}
        agrees = fits.pop() if len(fits) == 1 else None
    return StepVerdict(label=label, verdict=verdict, old=old, new=new, agrees=agrees, note="; ".join(notes))


def _half(outcomes: list[Outcome]) -> Half:
    if any(isinstance(item, MigrationFailed) for outcome in outcomes for item in outcome.evidence):
        return Half.UNSEEN
    if any(outcome.own_failure for outcome in outcomes):
        return Half.BREAKS
    return Half.WORKS if any(outcome.status in SEEN and outcome.meets for outcome in outcomes) else Half.UNSEEN


def _hidden(outcomes: list[Outcome]) -> dict[str, str]:
    """Journeys that another step breaks already, and that step: what this one does cannot be seen behind it."""
    return {outcome.journey: outcome.inherited_from for outcome in outcomes if outcome.inherited_from}


def _combine(old: Half, new: Half) -> Verdict:
    if Half.UNSEEN in {old, new}:
        return Verdict.UNTESTED
    if old is Half.WORKS:
        return Verdict.EITHER if new is Half.WORKS else Verdict.BEFORE
    return Verdict.AFTER if new is Half.WORKS else Verdict.NEITHER


def _broken(plan: Plan, outcomes: Mapping[tuple[Cell, str], Outcome], cell: Cell) -> bool:
    return any(outcome.own_failure for outcome in find_in(plan, outcomes, cell))


def _can_roll_back(plan: Plan, outcomes: Mapping[tuple[Cell, str], Outcome]) -> bool | None:
    """Whether the old release lives with what the new one wrote; what a step broke before is another matter."""
    found = find_in(plan, outcomes, Cell(ROLLOUT, Actor.ROLL_BACK))
    if any(outcome.own_failure for outcome in found):
        return False
    return True if found and all(outcome.status in SEEN for outcome in found) else None


def _cannot_boot(plan: Plan, outcomes: Mapping[tuple[Cell, str], Outcome], label: str) -> bool:
    """Whether a fresh old replica does not start there by its boot command; a journey that fails is another matter."""
    found = find_in(plan, outcomes, Cell(label, Actor.OLD_BOOT))
    return any(
        isinstance(item, ReplicaFailed)
        for outcome in found
        if outcome.status is Status.FAIL
        for item in outcome.evidence
    )
