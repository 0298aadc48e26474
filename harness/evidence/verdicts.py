"""From outcomes to answers: when may each step be run, in which order can the release be deployed, how far back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.evidence.blame import boots_of, split_of
from harness.evidence.outcome import OLD_HALF, Outcome
from harness.model.cell import ROLLOUT, SEVERITY, Actor, Cell, Status, Verdict
from harness.model.events import MigrationFailed, ReplicaFailed
from harness.model.rollout import When

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from harness.model.rollout import Schedule
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
    seen = _Schemas.see(plan, outcomes, broken)
    steps = tuple(_judge_step(plan, index, outcomes, schedule, broken) for index in range(len(plan.labels)))
    beside = [actor for actor in (Actor.OLD, Actor.MIXED, Actor.NEW) if _broken(plan, outcomes, Cell(ROLLOUT, actor))]
    splits = () if beside else seen.splits()
    advice = _describe_splits(splits, plan) or _why_none(plan, steps, seen, outcomes)
    if schedule.apart and not beside and _works(_of(plan, outcomes, Cell(ROLLOUT, Actor.NEW))):
        splits = (len(plan.labels),)
        advice = "all steps at the start of the first new replicas, while nobody serves (recreate)"
    if beside and seen.splits():
        tried = _describe_rehearsed(plan)
        where = ", ".join(f"{ROLLOUT}-{actor}" for actor in beside)
        advice = f"no order is proven: no step does harm alone, but the rollout with {tried} fails, see {where}"
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


def _judge_step(
    plan: Plan,
    index: int,
    outcomes: Mapping[tuple[Cell, str], Outcome],
    schedule: Schedule,
    broken: Mapping[str, str],
) -> StepVerdict:
    label = plan.labels[index]
    old_outcomes = [o for actor in OLD_HALF for o in _of(plan, outcomes, Cell(label, actor))]
    new_outcomes = _of(plan, outcomes, Cell(label, Actor.NEW_AHEAD))
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
        wanted = Verdict.AFTER if schedule.of(label) is When.AFTER else Verdict.BEFORE
        agrees = schedule.apart or verdict in {wanted, Verdict.EITHER}
    return StepVerdict(label=label, verdict=verdict, old=old, new=new, agrees=agrees, note="; ".join(notes))


def _half(outcomes: list[Outcome]) -> Half:
    if any(isinstance(item, MigrationFailed) for outcome in outcomes for item in outcome.evidence):
        return Half.UNSEEN
    if any(outcome.own_failure for outcome in outcomes):
        return Half.BREAKS
    return Half.WORKS if any(outcome.status in _SEEN for outcome in outcomes) else Half.UNSEEN


def _combine(old: Half, new: Half) -> Verdict:
    if Half.UNSEEN in {old, new}:
        return Verdict.UNTESTED
    if old is Half.WORKS:
        return Verdict.EITHER if new is Half.WORKS else Verdict.BEFORE
    return Verdict.AFTER if new is Half.WORKS else Verdict.NEITHER


@dataclass(frozen=True, kw_only=True)
class _Schemas:
    """On which schemas, 0 to n, each release was seen to work or to break; None where it was not seen.

    Args:
        labels: The steps.
        old: The old release on each schema.
        new: The new release, started on each schema.
        new_warm: The new release that was there before the step that led to each schema; None for schema 0.
    """

    labels: tuple[str, ...]
    old: tuple[bool | None, ...]
    new: tuple[bool | None, ...]
    new_warm: tuple[bool | None, ...]

    @classmethod
    def see(cls, plan: Plan, outcomes: Mapping[tuple[Cell, str], Outcome], broken: Mapping[str, str]) -> _Schemas:
        def works(step: str, *actors: Actor) -> bool | None:
            return _works([o for actor in actors for o in _of(plan, outcomes, Cell(step, actor))])

        return cls(
            labels=plan.labels,
            old=(True, *(label not in broken and works(label, *OLD_HALF) for label in plan.labels)),
            new=(*(works(label, Actor.NEW_AHEAD) for label in plan.labels), works(ROLLOUT, Actor.NEW_CONTROL)),
            new_warm=(None, *(works(label, Actor.NEW_WARM) for label in plan.labels)),
        )

    def splits(self) -> tuple[int, ...]:
        """Every j such that old works on schemas 0..j, new on j..n, and new survives the steps behind j."""
        count = len(self.labels)
        return tuple(
            j for j in range(count + 1) if all(self.old[: j + 1]) and all(self.new[j:]) and all(self.new_warm[j + 1 :])
        )

    def horizon(self) -> str | None:
        """The last step up to which the old release was seen to work."""
        reached = next((k for k, works in enumerate(self.old) if not works), len(self.old)) - 1
        if reached == 0 and self.old[1] is None:
            return None
        return ("base", *self.labels)[reached]

    def misreads(self) -> bool:
        """Whether the new release fails on the old one's data on the last two schemas, and not on data of its own."""
        return self.new[-2] is False and self.new_warm[-1] is False and self.new[-1] is True

    def contradiction(self) -> tuple[str, str] | None:
        """A step that the old release does not survive, and one behind which the new one has to wait."""
        first_old = next((k for k, works in enumerate(self.old) if works is False), None)
        last_new = max((k for k, works in enumerate(self.new[:-1]) if works is False), default=None)
        if first_old is None or last_new is None or first_old > last_new + 1:
            return None
        return self.labels[first_old - 1], self.labels[last_new]


def _works(outcomes: list[Outcome]) -> bool | None:
    """Whether all works that was seen there; None where something was not seen and nothing failed."""
    found = [outcome for outcome in outcomes if outcome.status is not Status.INCONCLUSIVE]
    if any(outcome.status is Status.FAIL for outcome in found):
        return False
    return True if found and all(outcome.status in _SEEN for outcome in found) else None


def _broken(plan: Plan, outcomes: Mapping[tuple[Cell, str], Outcome], cell: Cell) -> bool:
    return any(outcome.own_failure for outcome in _of(plan, outcomes, cell))


def _can_roll_back(plan: Plan, outcomes: Mapping[tuple[Cell, str], Outcome]) -> bool | None:
    """Whether the old release lives with what the new one wrote; what a step broke before is another matter."""
    found = _of(plan, outcomes, Cell(ROLLOUT, Actor.ROLL_BACK))
    if any(outcome.own_failure for outcome in found):
        return False
    return True if found and all(outcome.status in _SEEN for outcome in found) else None


def _cannot_boot(plan: Plan, outcomes: Mapping[tuple[Cell, str], Outcome], label: str) -> bool:
    """Whether a fresh old replica does not start there by its boot command; a journey that fails is another matter."""
    found = _of(plan, outcomes, Cell(label, Actor.OLD_BOOT))
    return any(
        isinstance(item, ReplicaFailed)
        for outcome in found
        if outcome.status is Status.FAIL
        for item in outcome.evidence
    )


def _of(plan: Plan, outcomes: Mapping[tuple[Cell, str], Outcome], cell: Cell) -> list[Outcome]:
    return [outcomes[cell, journey] for journey in plan.journeys if (cell, journey) in outcomes]


def _describe_splits(splits: tuple[int, ...], plan: Plan) -> str:
    """The one that was rehearsed as a rollout; the others only look possible, step by step."""
    if not splits:
        return ""
    rehearsed = split_of(plan)
    if boots_of(plan) and rehearsed not in splits:
        possible = "; or ".join(_describe_split(split, plan.labels) for split in splits)
        return f"{possible} (it looks possible step by step, but was not rehearsed: when = {When.AT_BOOT})"
    told = _describe_rehearsed(plan) if rehearsed in splits else _describe_split(splits[-1], plan.labels)
    if len(splits) == 1:
        return told
    return f"{told} (rehearsed; orders that look possible step by step, but were not rehearsed: {len(splits) - 1})"


def _describe_rehearsed(plan: Plan) -> str:
    if boots_of(plan):
        return "all steps at the start of the first new replicas"
    return _describe_split(split_of(plan), plan.labels)


def _describe_split(split: int, labels: tuple[str, ...]) -> str:
    if split == len(labels):
        return "all steps before the code"
    if split == 0:
        return "all steps after the code"
    first = labels[0] if split == 1 else f"{labels[0]} to {labels[split - 1]}"
    return f"{first} before the code, the rest after"


def _why_none(  # noqa: PLR0911  one sentence for each reason
    plan: Plan, steps: tuple[StepVerdict, ...], seen: _Schemas, outcomes: Mapping[tuple[Cell, str], Outcome]
) -> str:
    """Why no order works, or why none is proven, and what would help."""
    stuck = [
        label
        for label in plan.labels
        for actor in (Actor.OLD_WARM, Actor.NEW_WARM)
        for outcome in _of(plan, outcomes, Cell(label, actor))
        if any(isinstance(item, MigrationFailed) for item in outcome.evidence)
    ]
    if stuck:
        return f"no order is proven: the migration {stuck[0]} fails, and nothing behind it was seen"
    neither = [step.label for step in steps if step.verdict is Verdict.NEITHER]
    if neither:
        one = len(neither) == 1
        return (
            f"no order works: {', '.join(neither)} {'breaks' if one else 'break'} both releases; split "
            f"{'it' if one else 'each'} into an expand and a contract step in two deploys, or take downtime"
        )
    if seen.new[-1] is False:
        return f"no order works: the new release fails on its own schema, see {ROLLOUT}-{Actor.NEW_CONTROL}"
    if seen.misreads():
        return (
            f"no order works: the new release fails on what the old one wrote, before {plan.labels[-1]} and behind it; "
            f"let it read both, see {ROLLOUT}-{Actor.NEW}"
        )
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
    unseen = [label for label, *halves in zip(plan.labels, seen.old[1:], seen.new[:-1], strict=True) if None in halves]
    where = unseen or [f"{ROLLOUT}-{Actor.NEW_CONTROL}"]
    return f"no order is proven: {', '.join(where)} could not be judged"
