"""The matrix: its columns, and the word that stands in each cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.evidence.expectations import Result
from harness.model.cell import ROLLOUT, STEP_ACTORS, Actor, Status
from harness.model.waiver import Ruling

if TYPE_CHECKING:
    from harness.report.document import CheckRecord, Document, StepRecord

#: What a word means that is no status.
LEGEND = {
    "-": "nobody is asked there; of the old release in the rollout: no step comes before the code",
    "fail": "nobody relies on it with these settings, and it tells what the verdict is made of",
    "(fail)": "broken by another step already",
    "w-fail": "accepted for now by a waiver",
    "w-transient": "accepted for now by a waiver; it recovered without help",
    "k-fail": "known: the baseline has it",
    "k-transient": "known: the baseline has it; it recovered without help",
    "x-fail": "expected by the settings",
    "x-transient": "expected by the settings; it recovered without help",
}


def columns_of(document: Document) -> tuple[Actor, ...]:
    """Who was asked at each step.

    Args:
        document: The report.
    """
    return tuple(actor for actor in STEP_ACTORS if any(actor in step.cells for step in document.steps))


def cell_word(document: Document, step: StepRecord, actor: Actor) -> str:
    """The word in a cell of a step; a dash where nobody was asked."""
    return word_of(document, step.label, actor, step.cells[actor]) if actor in step.cells else "-"


def word_of(document: Document, step: str, actor: str, status: Status) -> str:
    """The status of a cell: in capitals where the deployment trips over it, a dash where there is nothing to ask.

    Args:
        document: The report.
        step: Label of a step, ``base`` or ``rollout``.
        actor: Who was asked.
        status: Of the cell.
    """
    if (step, actor, status) == (ROLLOUT, Actor.OLD, Status.UNTESTED) and _is_code_first(document):
        return "-"
    if status not in {Status.FAIL, Status.TRANSIENT}:
        return status.value
    failed = [o for o in document.outcomes if (o.step, o.actor) == (step, actor) and o.status is status]
    if any(outcome.result is Result.FAILED for outcome in failed):
        return status.value.upper()
    for ruling in (Ruling.WAIVED, Ruling.KNOWN):
        if any(outcome.acceptance is not None and outcome.acceptance.ruling is ruling for outcome in failed):
            return f"{ruling[0]}-{status}"
    if all(outcome.inherited_from for outcome in failed):
        return f"({status})"
    return f"x-{status}" if any(outcome.promised for outcome in failed) else status.value


def _is_code_first(document: Document) -> bool:
    """Whether no step comes before the code."""
    return not document.steps or (document.answer is not None and document.answer.rehearsed_split == 0)


def check_word(check: CheckRecord) -> str:
    """The word for a check that failed."""
    if check.result is Result.FAILED:
        return "FAIL"
    accepted = {finding.acceptance.ruling for finding in check.findings if finding.acceptance is not None}
    if accepted:
        return f"{Ruling.WAIVED[0] if Ruling.WAIVED in accepted else Ruling.KNOWN[0]}-fail"
    return "x-fail" if check.promised else "fail"


def untouched(step: StepRecord) -> str:
    """What of a step no statement of the old release met; the empty string where all of it was met."""
    return step.coverage.untouched if step.coverage is not None else ""
