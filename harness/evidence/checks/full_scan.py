"""Tables that a migration reads from end to end while others wait for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.evidence.checks.check import Check
from harness.evidence.locks import locks_of, say_speed, short, unseen
from harness.model.finding import Finding, Judgement, Weight, judged
from harness.model.locks import TableWork, say_mode
from harness.model.statement import writes_rows

if TYPE_CHECKING:
    from harness.evidence.timeline import Timeline

_EXCLUSIVE = "AccessExclusiveLock"


def judge(timeline: Timeline, step: str) -> Judgement:
    """Tables that this step read whole under a lock for which requests wait; how large they are here does not matter.

    Args:
        timeline: What happened.
        step: Label of the step.
    """
    seen = locks_of(timeline, step)
    if seen is None:
        return unseen(timeline, step)
    rewritten = {(work.table, work.statement) for work in seen.work if work.rewritten}  # which is told by its own check
    scanned = {(work.table, work.statement): work for work in seen.work}
    found = {key: work for key, work in scanned.items() if key not in rewritten}
    return judged(tuple(map(_finding, found.values())))


def _finding(work: TableWork) -> Finding:
    fails = work.mode == _EXCLUSIVE
    waits = "everybody waits" if fails else "whoever writes waits"
    details = [say_speed(work)]
    if work.taken_by:
        details.append(f"the lock was taken before, in the same transaction: {short(work.taken_by)}")
    return Finding(
        headline=f"{work.table} is read from end to end under {say_mode(work.mode)}, and {waits}: "
        f"{short(work.statement)}",
        weight=Weight.FAIL if fails else Weight.NOTE,
        details=tuple(details),
        remedy=_remedy(work),
    )


def _remedy(work: TableWork) -> str:
    if work.taken_by and writes_rows(work.statement):
        return "end the transaction that takes the lock before the rows are read, and change them in batches"
    if work.taken_by:
        return (
            "end the transaction that takes the lock before this; build an index CONCURRENTLY (and a constraint USING "
            "INDEX), and add what rows are checked for NOT VALID, to VALIDATE it later"
        )
    if work.mode == "ShareLock":
        return "CREATE INDEX CONCURRENTLY, in an autocommit_block"
    if work.mode == _EXCLUSIVE:
        return (
            "add the constraint NOT VALID and VALIDATE it in a later transaction (SET NOT NULL believes such a CHECK), "
            "or build the index CONCURRENTLY and add the constraint USING INDEX"
        )
    return "add the constraint NOT VALID, and VALIDATE it in a later transaction"


CHECK = Check(
    name="full-scan", title="is no table read from end to end while traffic waits for it?", judge=judge, old_alone=False
)
