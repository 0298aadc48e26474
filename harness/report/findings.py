"""What a reader has to look at, worst first: what went wrong for one cause is one finding, wherever it shows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.evidence.expectations import Result
from harness.model.cell import BASE, ROLLOUT, Actor, Status
from harness.model.finding import Weight
from harness.model.waiver import Ruling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.evidence.story import Story
    from harness.model.finding import Finding
    from harness.model.waiver import Acceptance
    from harness.report.document import CheckRecord, Document, OutcomeRecord


class Group(StrEnum):
    """What a finding asks of its reader; the worst first."""

    FAILS = "fails"
    """The deployment trips over it."""
    WAIVED = "waived"
    """A waiver accepts it for now."""
    KNOWN = "known"
    """The baseline has it."""
    EXPECTED = "expected"
    """The settings say that it is known."""
    NOT_RELIED_ON = "not relied on"
    """With these settings nobody meets it; it tells what a verdict is made of."""
    INHERITED = "inherited"
    """Another step broke it already."""
    NOTE = "note"
    """A check has something to say that fails nothing."""


#: What stands above the findings of a group.
TITLES = {
    Group.FAILS: "What the deployment trips over",
    Group.WAIVED: "Accepted for now by waivers",
    Group.KNOWN: "Known from the baseline",
    Group.EXPECTED: "Known, by the settings",
    Group.NOT_RELIED_ON: "Not relied on with these settings",
    Group.INHERITED: "Broken by another step already",
    Group.NOTE: "Worth knowing",
}
_GROUPS = tuple(Group)
_ACTORS = tuple(actor.value for actor in Actor)


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """One finding.

    Args:
        number: From 1, in the order in which they are to be read.
        group: What it asks of its reader.
        step: Where it shows: label of a step, ``base`` or ``rollout``.
        guilty: Label of the step that did it; the same, or an earlier one.
        places: Actors that it shows at, or the check that found it.
        headline: What happened, in one sentence.
        transient: Whether it recovered without help.
        reason: Why it counts, or does not, in one sentence.
        why: What explains it, or the empty string.
        remedy: What to do instead, in one sentence, or the empty string.
        safe_way: The same in steps.
        sqlstates: PostgreSQL's codes among the evidence.
        outcomes: The journeys that show it; the first is told in full.
        check: The check that found it, if one did.
        details: What proves it, a line each.
        acceptance: What waivers and baseline say of it, if anything.
        ids: What it is called in waivers; several where it shows at several actors.
    """

    number: int
    group: Group
    step: str
    guilty: str
    places: tuple[str, ...]
    headline: str
    transient: bool = False
    reason: str = ""
    why: str = ""
    remedy: str = ""
    safe_way: tuple[str, ...] = ()
    sqlstates: tuple[str, ...] = ()
    outcomes: tuple[OutcomeRecord, ...] = ()
    check: CheckRecord | None = None
    details: tuple[str, ...] = ()
    acceptance: Acceptance | None = None
    ids: tuple[str, ...] = ()

    @property
    def anchor(self) -> str:
        """Its name within a page."""
        return f"finding-{self.number}"

    @property
    def story(self) -> Story | None:
        """The failure that is told in full."""
        return next((outcome.story for outcome in self.outcomes if outcome.story is not None), None)


def find_troubles(document: Document) -> tuple[Trouble, ...]:
    """All findings of a rehearsal, worst first.

    What breaks users' stories comes before what a check says: first where the settings run a step at a moment that the
    verdict forbids, and what is explained before what is not.

    Args:
        document: The report.
    """
    found = [*_of_journeys(document), *_of_checks(document)]
    order = {label: index for index, label in enumerate([BASE, *(step.label for step in document.steps), ROLLOUT])}

    contradicted = {step.label for step in document.steps if step.agrees is False}

    def rank(trouble: Trouble) -> tuple[int, ...]:
        actor = _ACTORS.index(trouble.places[0]) if trouble.places[0] in _ACTORS else len(_ACTORS)
        return (
            _GROUPS.index(trouble.group),
            trouble.transient,
            trouble.check is not None,
            trouble.step not in contradicted,
            not trouble.why,
            order.get(trouble.step, 0),
            actor,
        )

    return tuple(_numbered(trouble, number) for number, trouble in enumerate(sorted(found, key=rank), start=1))


def _numbered(trouble: Trouble, number: int) -> Trouble:
    return Trouble(**{**vars(trouble), "number": number})


def _of_journeys(document: Document) -> Iterator[Trouble]:
    together: dict[tuple[object, ...], list[OutcomeRecord]] = {}
    for outcome in document.outcomes:
        if outcome.result is Result.FAILED or outcome.status in {Status.FAIL, Status.TRANSIENT}:
            cause = outcome.story.why if outcome.story is not None and outcome.story.why else outcome.reason
            said = outcome.acceptance
            key = (
                outcome.step,
                _group(outcome),
                outcome.status,
                outcome.inherited_from,
                outcome.sqlstates,
                cause,
                said,
            )
            together.setdefault(key, []).append(outcome)
    for outcomes in together.values():
        first = next((outcome for outcome in outcomes if outcome.story is not None), outcomes[0])
        ordered = (first, *(outcome for outcome in outcomes if outcome is not first))
        story = first.story
        yield Trouble(
            number=0,
            group=_group(first),
            step=first.step,
            guilty=first.inherited_from or first.step,
            places=tuple(sorted(dict.fromkeys(outcome.actor.value for outcome in outcomes), key=_ACTORS.index)),
            headline=(story.headline if story is not None else "") or first.result_reason or first.reason,
            transient=first.status is Status.TRANSIENT,
            reason=first.result_reason,
            why=story.why if story is not None else "",
            remedy=story.remedy if story is not None else "",
            safe_way=story.safe_way if story is not None else (),
            sqlstates=first.sqlstates,
            outcomes=ordered,
            acceptance=first.acceptance,
            ids=tuple(dict.fromkeys(outcome.finding for outcome in ordered if outcome.finding)),
        )


def _group(outcome: OutcomeRecord) -> Group:
    if outcome.result is Result.FAILED:
        return Group.FAILS
    if (accepted := _accepted(outcome.acceptance)) is not None:
        return accepted
    if outcome.inherited_from:
        return Group.INHERITED
    return Group.EXPECTED if outcome.promised else Group.NOT_RELIED_ON


def _of_checks(document: Document) -> Iterator[Trouble]:
    for check in document.checks:
        for finding in check.findings:
            yield _of_check(check, finding)
        if check.result is Result.FAILED and not any(f.weight is Weight.FAIL for f in check.findings):
            yield Trouble(
                number=0,
                group=Group.FAILS,
                step=check.step,
                guilty=check.step,
                places=(check.check,),
                headline=check.result_reason,
                check=check,
            )


def _of_check(check: CheckRecord, finding: Finding) -> Trouble:
    if finding.weight is Weight.NOTE:
        group = Group.NOTE
    elif (accepted := _accepted(finding.acceptance)) is not None:
        group = accepted
    elif check.result is Result.FAILED:
        group = Group.FAILS
    else:
        group = Group.EXPECTED if check.promised else Group.NOT_RELIED_ON
    return Trouble(
        number=0,
        group=group,
        step=check.step,
        guilty=check.step,
        places=(check.check,),
        headline=finding.headline,
        reason=finding.acceptance.text if finding.acceptance is not None else check.result_reason,
        remedy=finding.remedy,
        sqlstates=finding.sqlstates,
        check=check,
        details=finding.details,
        acceptance=finding.acceptance,
        ids=(finding.id,) if finding.id else (),
    )


def _accepted(said: Acceptance | None) -> Group | None:
    """The group of a finding that fails nothing for now."""
    if said is None or not said.holds:
        return None
    return Group.WAIVED if said.ruling is Ruling.WAIVED else Group.KNOWN
