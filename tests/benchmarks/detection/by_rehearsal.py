"""What this project's own rehearsals say, out of their reports, by the same truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from library.expected import judge
from marks import Cell, Mark

from harness.model.cell import ROLLOUT, ROLLOUT_ACTORS, Actor, Status, Verdict

if TYPE_CHECKING:
    from library.expected import Scenario, Step

    from harness.report.document import Document

_OLD = frozenset({Actor.OLD_WARM, Actor.OLD_COLD, Actor.OLD_BOOT, Actor.OLD_BYPASS})
_BROKEN = frozenset({Status.FAIL, Status.TRANSIENT})


def mark_rehearsal(scenario: Scenario, document: Document) -> dict[str, Cell]:
    """Marks each step of a scenario.

    A hit is the step, everybody who breaks there and nobody else, the verdict, and the cause that is told; a safe
    change is clean where nothing is told of it but the right verdict, and wrong where it is the verdict alone that is.

    Args:
        scenario: What is true.
        document: What the rehearsal says.
    """
    problems = judge(scenario, document)
    return {step.revision: _mark(step, document, problems[step.revision]) for step in scenario.steps}


def _mark(step: Step, document: Document, problems: list[str]) -> Cell:
    note = "; ".join(problems)
    if not problems:
        quiet = Mark.UNTESTED if step.verdict == Verdict.UNTESTED else Mark.HIT
        return Cell(quiet if step.hazard else Mark.CLEAN)
    if _says_something(step, document):
        return Cell(Mark.WRONG if step.hazard else Mark.ALARM, note)
    if any(record.revision == step.revision and record.verdict is Verdict.UNTESTED for record in document.steps):
        return Cell(Mark.UNTESTED, note)
    return Cell(Mark.MISS if step.hazard else Mark.WRONG, note)


def _says_something(step: Step, document: Document) -> bool:
    """Whether anything is red at the step by its own doing."""
    labels = {record.label for record in document.steps if record.revision == step.revision}
    labels |= {ROLLOUT} if step.revision == ROLLOUT else set()
    actors = ROLLOUT_ACTORS if step.revision == ROLLOUT else _OLD
    cells = (
        o.status in _BROKEN and not o.inherited_from and o.actor in actors
        for o in document.outcomes
        if o.step in labels
    )
    return any(cells) or any(c.status is Status.FAIL and c.step in labels for c in document.checks)
