"""Tables that a migration writes anew, row by row, while nobody else may use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.evidence.checks.check import Check
from harness.evidence.in_use import Use, say_unseen, use_of
from harness.evidence.locks import locks_of, say_speed, short, unseen
from harness.model.finding import Finding, Judgement, Weight, judged
from harness.model.locks import TableWork, say_mode

if TYPE_CHECKING:
    from harness.evidence.timeline import Timeline


def judge(timeline: Timeline, step: str) -> Judgement:
    """Tables that this step rewrote; how large they are in the rehearsal does not matter.

    It is a note where no statement of a release that serves meanwhile meets the table, and nothing where an earlier
    step made it, of which the old release cannot know.

    Args:
        timeline: What happened.
        step: Label of the step.
    """
    seen = locks_of(timeline, step)
    if seen is None:
        return unseen(timeline, step)
    found = {(work.table, work.statement): work for work in seen.work if work.rewritten}
    uses = [(work, use_of(timeline, step, work.table)) for work in found.values()]
    return judged(tuple(_finding(work, use) for work, use in uses if use is not Use.OWN))


def _finding(work: TableWork, use: Use) -> Finding:
    is_used = use is Use.USED
    return Finding(
        headline=f"every row of {work.table} is written anew under {say_mode(work.mode)}: {short(work.statement)}",
        weight=Weight.FAIL if is_used else Weight.NOTE,
        details=(say_speed(work), *(() if is_used else (say_unseen(work.table),))),
        remedy="add a new column beside the old one, copy in batches, and let the releases move over to it",
    )


CHECK = Check(
    name="table-rewrite", title="is no table written anew while traffic waits for it?", judge=judge, old_alone=False
)
