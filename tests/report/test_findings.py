"""The order in which findings are to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from harness.evidence.expectations import Result
from harness.model.cell import ROLLOUT, Actor, Status
from harness.model.finding import Finding, Weight
from harness.report.findings import find_troubles
from report.documents import make_document

if TYPE_CHECKING:
    from harness.report.document import Document

DOCUMENT = make_document()


def scanned(document: Document, step: str) -> Document:
    """With a check that fails at a step, and nothing else of checks."""
    finding = Finding(weight=Weight.FAIL, headline="a table is read from end to end")
    check = next(check for check in document.checks if (check.step, check.check) == (step, "full-scan"))
    failed = replace(check, status=Status.FAIL, result=Result.FAILED, findings=(finding,))
    return replace(document, checks=(failed,))


def test_broken_journeys_come_before_checks_of_earlier_steps() -> None:
    troubles = find_troubles(scanned(DOCUMENT, "0001_first"))
    failing = [trouble for trouble in troubles if trouble.group == "fails"]
    assert [trouble.check is not None for trouble in failing] == [False] * (len(failing) - 1) + [True]
    assert len(failing) > 1
    assert [trouble.number for trouble in troubles] == list(range(1, len(troubles) + 1))


def test_what_is_explained_comes_before_what_is_not() -> None:
    def explained(why: str, actor: Actor) -> Document:
        """The same failure told at two actors of the rollout, for one of which there is a cause."""
        [story] = [
            o.story for o in DOCUMENT.outcomes if (o.step, o.actor) == ("0003_third", Actor.OLD_WARM) and o.story
        ]
        outcomes = tuple(
            replace(
                outcome,
                status=Status.FAIL,
                result=Result.FAILED,
                inherited_from=None,
                story=replace(story, why=why if outcome.actor is actor else ""),
            )
            for outcome in DOCUMENT.outcomes
            if outcome.step == ROLLOUT and outcome.actor in {Actor.NEW_CONTROL, Actor.MIXED, Actor.NEW}
        )
        return replace(DOCUMENT, outcomes=outcomes, checks=())

    for actor in (Actor.NEW_CONTROL, Actor.MIXED, Actor.NEW):
        troubles = find_troubles(explained("a migration may be missing", actor))
        assert troubles[0].places == (actor,)
        told = [bool(trouble.why) for trouble in troubles]
        assert told == sorted(told, reverse=True)
        assert not all(told)


def test_a_step_that_the_settings_run_too_early_comes_first() -> None:
    agreed = [step for step in DOCUMENT.steps if step.agrees is not False]
    contradicted = [step.label for step in DOCUMENT.steps if step.agrees is False]
    [story] = [o.story for o in DOCUMENT.outcomes if (o.step, o.actor) == ("0003_third", Actor.OLD_WARM) and o.story]
    outcomes = tuple(
        replace(outcome, status=Status.FAIL, result=Result.FAILED, inherited_from=None, story=story)
        for outcome in DOCUMENT.outcomes
        if outcome.actor is Actor.OLD_WARM
    )
    steps = [trouble.step for trouble in find_troubles(replace(DOCUMENT, outcomes=outcomes, checks=()))]
    assert agreed
    assert list(dict.fromkeys(steps))[: len(contradicted)] == contradicted
