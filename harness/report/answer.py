"""The answer for whoever decides: may this be deployed, in which order, and how far can it be rolled back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.evidence.expectations import Result
from harness.evidence.outcome import OLD_HALF
from harness.evidence.schemas import works_by
from harness.evidence.verdicts import Half
from harness.model.cell import Actor, Status, Verdict
from harness.model.release import NEVER_STARTED
from harness.model.rollout import When
from harness.report.acceptance import count_accepted, count_expected
from harness.report.said import Mood, Said
from harness.report.waivers import tell_accepted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.report.document import AnswerRecord, Document, StepRecord
    from harness.report.records import TaskRecord


_BEHIND_WALK = "what comes behind the walk (the rollout, and requests beside each migration)"
#: Of what a task printed last, so much is told.
_LINE_LENGTH = 300


@dataclass(frozen=True, kw_only=True)
class Order:
    """The order that was rehearsed, or the best that is possible.

    Args:
        before: Steps that are run before the code is rolled out.
        after: Steps that are run when no old replica is left.
    """

    before: tuple[StepRecord, ...]
    after: tuple[StepRecord, ...]


def say_verdict(document: Document) -> Said:
    """The answer in one line.

    Args:
        document: The report.
    """
    answer = document.answer
    if document.error or answer is None:
        return Said("", "No answer: the rehearsal did not come to its end", Mood.BAD)
    failed = _failed(document)
    if not answer.splits:
        text = "in no order is this proven to be safe" if document.steps else "this is not proven to be safe"
        return Said("", f"No: {text}", Mood.BAD)
    if failed:
        return Said(
            "", f"Not yet: {failed} test items fail" if failed > 1 else "Not yet: one test item fails", Mood.BAD
        )
    doubt = _doubt(document)
    if doubt:
        return Said("", f"Yes, as far as it was tested: {doubt}", Mood.DOUBT)
    accepted, expected = count_accepted(document).total(), count_expected(document)
    if accepted or expected:
        borne = "one finding that is" if accepted + expected == 1 else f"{accepted + expected} findings that are"
        how = "waived, known or expected" if accepted and expected else "waived or known" if accepted else "expected"
        return Said("", f"Yes: this can be deployed, if you can bear {borne} {how}", Mood.DOUBT)
    return Said("", "Yes: this can be deployed", Mood.GOOD)


def find_order(document: Document) -> Order | None:
    """The order in which it can be deployed; None where there is none.

    Args:
        document: The report.
    """
    answer = document.answer
    if answer is None or not answer.splits:
        return None
    split = answer.rehearsed_split if answer.rehearsed_split in answer.splits else answer.splits[-1]
    return Order(before=document.steps[:split], after=document.steps[split:])


def conclude(document: Document) -> Iterator[Said]:
    """All of the answer, line by line.

    Args:
        document: The report.
    """
    answer = document.answer
    if document.error:
        yield Said("stopped", document.error, Mood.BAD)
    if answer is None:
        return
    if document.compared:
        yield Said("compared", document.compared, Mood.DOUBT)
    if document.walk_alone:
        why = NEVER_STARTED if document.runs_already else "no selected test asks for it"
        yield Said("left out", f"{_BEHIND_WALK}, for {why}", Mood.DOUBT)
    failing = [f"{c.check}[{c.step}]" for c in document.checks if c.result is Result.FAILED]
    yield Said("deploy", answer.advice, Mood.GOOD if answer.splits and not failing else Mood.BAD)
    if not_proven := _not_proven(document):
        yield Said("", not_proven, Mood.DOUBT)
    if answer.splits and failing:
        yield Said("", f"but not before these are cleared: {', '.join(failing)}", Mood.BAD)
    if answer.splits and (untested := _untested(document)):
        yield Said("", f"as far as it was tested: nothing is known of {untested}", Mood.DOUBT)
    yield from tell_accepted(document)
    yield from _availability(document)
    yield from (Said("task", _say_task(task), Mood.GOOD) for task in document.tasks)
    yield from _roll_back(document, answer)
    if answer.no_restart_from is not None:
        story = next(
            (o.story for o in document.outcomes if (o.step, o.actor) == (answer.no_restart_from, Actor.OLD_BOOT)), None
        )
        why = f": {story.headline}" if story else ""
        yield Said("restart", f"old replicas cannot restart from {answer.no_restart_from} on{why}", Mood.DOUBT)
        bypass = [step.cells.get(Actor.OLD_BYPASS.value) for step in document.steps]
        if bypass and all(status is Status.PASS for status in bypass):
            text = "but they can from every step with the variables of bypass set, see old-bypass"
            yield Said("", text, Mood.GOOD)


def _roll_back(document: Document, answer: AnswerRecord) -> Iterator[Said]:
    """How far the code can be rolled back."""
    if answer.horizon is not None:
        back, mood = _say_horizon(document, answer.horizon)
        yield Said("roll back", f"the old release works {back}", mood)
    if not document.steps and answer.can_roll_back is not None:
        works, mood = ("works", Mood.GOOD) if answer.can_roll_back else ("does not work", Mood.DOUBT)
        yield Said("roll back", f"the old release {works} on what the new one wrote", mood)
    elif answer.can_roll_back is False:
        yield Said("", "but not on what the new release wrote in the rollout, see rollout-roll-back", Mood.DOUBT)


def _say_horizon(document: Document, horizon: str) -> tuple[str, Mood]:
    """Up to which step the old release works, where it does not any more, and of which steps that is not known."""
    labels = [step.label for step in document.steps]
    seen = [_old_works(document, step) for step in document.steps]
    broken = seen.index(False) if False in seen else len(labels)
    reached = labels.index(horizon) + 1 if horizon in labels else 0
    unknown = [label for label, works in zip(labels[:broken], seen, strict=False) if works is None]
    if not unknown and reached == len(labels):
        return "from every step", Mood.GOOD
    back = f"up to {horizon}" if reached else "on its own schema alone"
    if broken == len(labels):
        if unknown == labels[reached:]:
            return f"{back}; nothing is known behind it", Mood.DOUBT
    elif broken == reached:
        back += ", not behind it" if reached else ", not behind the first step"
    else:
        back += f", and not from {labels[broken]} on"
    return back + (f"; nothing is known of {', '.join(unknown)}" if unknown else ""), Mood.DOUBT


def _old_works(document: Document, step: StepRecord) -> bool | None:
    """Whether the old release works behind a step, by its journeys, or does not live with it by what a check shows."""
    if step.old is Half.BREAKS:
        return False
    half = [one for one in document.outcomes if one.step == step.label and one.actor in OLD_HALF]
    return works_by(one.status for one in half if not (document.runs_already and one.actor is Actor.OLD_COLD))


def _availability(document: Document) -> Iterator[Said]:
    """To the request, while replicas were replaced; a request that found nobody is one that was not answered."""
    states = [(state, state.requests + state.unserved, state.lost + state.unserved) for state in document.availability]
    asked, missing = sum(asked for _, asked, _ in states), sum(missing for _, _, missing in states)
    if not asked:
        return
    text = f"{asked - missing} of {asked} requests answered while replicas were replaced"
    if _not_proven(document):  # the line above tells of another order
        text = f"in the order of the settings {text}"
    errors = sum(state.errors for state in document.availability)
    text += f", {errors} of them with an error" if errors else ""
    yield Said("available", text, Mood.DOUBT if missing or errors else Mood.GOOD)
    for state, sent, lost in states:
        if lost:
            yield Said("", f"{sent - lost} of {sent} while {state.state}, {state.duration_s:.1f} s", Mood.DOUBT)


def _say_task(task: TaskRecord) -> str:
    """When it is run, how long it takes, what it does."""
    beside = f", {task.beside_s:.1f} s beside {task.requests} requests" if task.beside_s is not None else ""
    rows = ", ".join(f"{count} of {table}" for table, count in task.written)
    printed = f", and printed: {task.output[-1][:_LINE_LENGTH]}" if task.output else ""
    return f"{task.task}, {task.point}: {task.alone_s:.1f} s alone{beside}; rows written: {rows or 'none'}{printed}"


def _doubt(document: Document) -> str:
    """Why the answer is that of a part; the empty string where it is not."""
    if document.compared:
        return "a commit was compared with itself"
    if not_proven := _not_proven(document):
        return not_proven
    if untested := _untested(document):
        return f"nothing is known of {untested}"
    if document.walk_alone:
        why = f"{NEVER_STARTED}, so that " if document.runs_already else ""
        return f"{why}{_BEHIND_WALK} was left out"
    if left_out := len(document.journeys_left_out):
        return "one journey was left out" if left_out == 1 else f"{left_out} journeys were left out"
    return ""


def _not_proven(document: Document) -> str:
    """That the order which the deployment has is none of those that are proven; the empty string where it is one."""
    steps, answer = document.steps, document.answer
    configured = sum(step.when is not When.AFTER for step in steps)  # of steps at boot, all
    if answer is None or not answer.splits or configured in answer.splits:
        return ""
    others = ", ".join(f"{step.label} {step.when}" for step in steps if step.when is not document.when)
    order = f"when = {document.when}{f', but {others}' if others else ''}"
    return f"the deployment is set to another order ({order}): that order was not proven"


def _untested(document: Document) -> str:
    """The steps that nobody met, in words; or the empty string."""
    return ", ".join(step.label for step in document.steps if step.verdict is Verdict.UNTESTED)


def _failed(document: Document) -> int:
    """How many test items fail."""
    results = [*(outcome.result for outcome in document.outcomes), *(check.result for check in document.checks)]
    return results.count(Result.FAILED)
