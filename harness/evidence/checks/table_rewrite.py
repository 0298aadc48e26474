"""Tables that a migration writes anew, row by row, while nobody else may use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.evidence.checks.check import Check
from harness.evidence.locks import locks_of, say_speed, short, unseen
from harness.model.finding import Finding, Judgement, judged
from harness.model.locks import TableWork, say_mode

if TYPE_CHECKING:
    from harness.evidence.timeline import Timeline


def judge(timeline: Timeline, step: str) -> Judgement:
    """Tables that this step rewrote; how large they are in the rehearsal does not matter.

    Args:
        timeline: What happened.
        step: Label of the step.
    """
    seen = locks_of(timeline, step)
    if seen is None:
        return unseen(timeline, step)
    found = {(work.table, work.statement): work for work in seen.work if work.rewritten}
    return judged(tuple(map(_finding, found.values())))


def _finding(work: TableWork) -> Finding:
    return Finding(
        headline=f"every row of {work.table} is written anew under {say_mode(work.mode)}: {short(work.statement)}",
        details=(say_speed(work),),
        remedy="add a new column beside the old one, copy in batches, and let the releases move over to it",
    )


CHECK = Check(
    name="table-rewrite", title="is no table written anew while traffic waits for it?", judge=judge, old_alone=False
)
