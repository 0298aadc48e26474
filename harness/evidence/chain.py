"""Which releases of a chain work behind each step: the answer to "when may I drop this column?"."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.evidence.coverage import cover
from harness.evidence.outcome import OLD_HALF
from harness.evidence.outcomes import judge_apart
from harness.evidence.schemas import find_in
from harness.evidence.verdicts import Half, cell_status
from harness.model.cell import BASE, Actor, Cell, Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.evidence.outcome import Outcome
    from harness.evidence.verdicts import Answer, StepVerdict
    from harness.model.events import Event
    from harness.plan.steps import Plan

#: What is shown of the old release, whose verdict has more in it than its journeys.
_STATUS = {Half.WORKS: Status.PASS, Half.BREAKS: Status.FAIL, Half.UNSEEN: Status.UNTESTED}


@dataclass(frozen=True, kw_only=True)
class Survival:
    """One release behind one step.

    Args:
        release: Its name in the chain.
        status: The worst of its journeys.
        outcome: The journey that shows it; None where the matrix does.
    """

    release: str
    status: Status
    outcome: Outcome | None = None

    @property
    def half(self) -> Half:
        """Whether it works there; what recovered without help counts, as in a verdict."""
        if self.status is Status.FAIL:
            return Half.BREAKS
        return Half.WORKS if self.status in {Status.PASS, Status.TRANSIENT} else Half.UNSEEN


@dataclass(frozen=True, kw_only=True)
class SafeFrom:
    """The answer for one step.

    Args:
        step: Its label.
        releases: Those that are older than the new one, the oldest first.
        since: The oldest release from which on every one works; None where there is none, or where that was not seen.
        text: The same in words.
    """

    step: str
    releases: tuple[Survival, ...]
    since: str | None
    text: str


@dataclass(frozen=True, kw_only=True)
class ChainAnswer:
    """The answer for a pair of a chain.

    Args:
        releases: Names up to the new one, the oldest first.
        base: The releases before the old one, on its schema, before any step.
        steps: Each step, in order.
    """

    releases: tuple[str, ...]
    base: tuple[Survival, ...]
    steps: tuple[SafeFrom, ...]


def judge_chain(
    plan: Plan,
    events: Sequence[Event],
    chain: tuple[str, ...],
    outcomes: Mapping[tuple[Cell, str], Outcome],
    answer: Answer,
) -> ChainAnswer:
    """Says for each step from which release on it is safe, by what each of them did behind it.

    Args:
        plan: Steps and journeys.
        events: What happened.
        chain: Names of the releases up to the new one, the oldest first.
        outcomes: What the old and the new release did.
        answer: Verdicts.
    """
    *earlier, old, new = chain
    found = {name: _judge_release(plan, events, name) for name in earlier}
    steps = []
    for verdict in answer.steps:
        releases = (*(found[name][verdict.label] for name in earlier), _judge_old(plan, outcomes, old, verdict))
        after = (outcomes[Cell(verdict.label, Actor.NEW_WARM), journey] for journey in plan.journeys)
        since, text = answer_step(releases, Survival(release=new, status=cell_status(after)))
        steps.append(SafeFrom(step=verdict.label, releases=releases, since=since, text=text))
    return ChainAnswer(releases=chain, base=tuple(found[name][BASE] for name in earlier), steps=tuple(steps))


def answer_step(releases: Sequence[Survival], new: Survival) -> tuple[str | None, str]:
    """From which release on a step is safe.

    Args:
        releases: Those that are older than the new one, the oldest first.
        new: The one that the step comes with, behind it.

    Returns:
        That release, and a sentence.
    """
    works = 0
    for survival in reversed(releases):
        if survival.half is not Half.WORKS:
            break
        works += 1
    if works == len(releases):
        return releases[0].release, "safe for every release of the chain"
    stops = releases[len(releases) - works - 1]
    beyond = f"; {stops.release} {stops.status}" if stops.half is Half.UNSEEN else ""
    if works:
        since = releases[-works].release
        return since, f"safe from {since} on{beyond}"
    if Half.UNSEEN in {stops.half, new.half}:
        return None, Status.UNTESTED.value
    return (new.release, f"safe from {new.release} on") if new.half is Half.WORKS else (None, "safe for none")


def _judge_old(plan: Plan, outcomes: Mapping[tuple[Cell, str], Outcome], name: str, verdict: StepVerdict) -> Survival:
    """The old release behind one step, where it does not work any more either once an earlier step broke it."""
    if verdict.old is not Half.BREAKS:
        for outcome in (o for actor in OLD_HALF for o in find_in(plan, outcomes, Cell(verdict.label, actor))):
            if outcome.status is Status.FAIL and outcome.inherited_from:
                return Survival(release=name, status=Status.FAIL, outcome=outcome)
    return Survival(release=name, status=_STATUS[verdict.old])


def _judge_release(plan: Plan, events: Sequence[Event], name: str) -> dict[str, Survival]:
    """A release before the old one on the old one's schema, and behind each step."""
    places = (BASE, *plan.labels)
    outcomes = judge_apart(plan, events, [Cell(place, Actor.EARLIER, name) for place in places])
    covered = cover(events, name)
    known: dict[str, dict[str, str]] = {journey: {} for journey in plan.journeys}
    found = {}
    for place in places:
        judged = []
        for journey in plan.journeys:
            outcome = outcomes[Cell(place, Actor.EARLIER, name), journey]
            doubt = covered[place].untested if place in covered else ""
            if doubt and outcome.status is Status.PASS:
                outcome = replace(outcome, status=Status.UNTESTED, reason=doubt)
            judged.append(_inherit(outcome, place, known[journey]))
        status = cell_status(judged)
        shown = next((o for o in judged if o.status is status and not o.inherited_from), None)
        found[place] = Survival(release=name, status=status, outcome=shown or next(iter(judged), None))
    return found


def _inherit(outcome: Outcome, place: str, known: dict[str, str]) -> Outcome:
    """What broke a release at one step still breaks it at the next."""
    if outcome.status is not Status.FAIL:
        return outcome
    origins = [known.setdefault(signature, place) for signature in sorted(outcome.signatures)]
    older = next((origin for origin in origins if origin != place), None)
    return replace(outcome, inherited_from=older) if older is not None and place not in origins else outcome
