"""Tables that a migration reads from end to end while others wait for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.evidence.checks.check import Check
from harness.evidence.in_use import Use, say_unseen, use_of
from harness.evidence.locks import locks_of, say_speed, short, unseen
from harness.model.finding import Finding, Judgement, Weight, judged
from harness.model.locks import TableWork, WorkBeside, say_mode
from harness.model.observed import Sent
from harness.model.release import ReleaseName
from harness.model.statement import target, writes_rows

if TYPE_CHECKING:
    from collections.abc import Collection

    from harness.evidence.timeline import Timeline

_EXCLUSIVE = "AccessExclusiveLock"
_WORD = re.compile(r"[^\W\d][\w$]*")


def judge(timeline: Timeline, step: str) -> Judgement:
    """Tables that this step read whole under a lock for which requests wait; how large they are here does not matter.

    Nobody waits for a table that nobody uses: where no statement of a release that serves meanwhile meets it, it is a
    note; and nothing where an earlier step made it, of which the old release cannot know.

    The lock may be on another table that the old release uses: a transaction keeps its locks to its end (manual, 13.3.1
    "Table-Level Locks"), whatever it reads meanwhile.

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
    own = [_finding(work, use_of(timeline, step, work.table)) for work in found.values()]
    failing = {key for key, finding in zip(found, own, strict=True) if finding and finding.weight is Weight.FAIL}
    used, growing = _tables_in_use(timeline)
    beside = {(one.work.table, one.work.statement): one for one in seen.beside}
    waited = [_finding_beside(one, used, growing) for key, one in beside.items() if key not in failing]
    return judged(tuple(finding for finding in (*own, *waited) if finding is not None))


def _tables_in_use(timeline: Timeline) -> tuple[set[str], set[str]]:
    """Words of the old release's statements, tables among them; and tables to which a release adds rows."""
    used: set[str] = set()
    growing: set[str] = set()
    for event in timeline.of(Sent):
        for statement in event.statements:
            verb, _, table = target(statement).partition(" ")
            if verb in {"INSERT", "MERGE"}:
                growing.add(_bare(table.replace('"', "")))
            if event.release == ReleaseName.OLD:
                used.update(_WORD.findall(statement))
    return used, growing


def _bare(table: str) -> str:
    return table.rpartition(".")[2]


def _finding_beside(one: WorkBeside, used: Collection[str], growing: Collection[str]) -> Finding | None:
    """A lock on a table that the old release uses is held while another table is read; it fails where that one grows.

    A table to which nobody adds rows may be one of a few words for ever.
    """
    work = one.work
    known = [lock for lock in one.locks if _bare(lock.table) in used]
    locks = [lock for lock in known if lock.mode == _EXCLUSIVE] or known
    if not locks:
        return None
    tables = " and ".join(dict.fromkeys(lock.table for lock in locks))
    exclusive = locks[0].mode == _EXCLUSIVE
    did = f"every row of {work.table} is written anew" if work.rewritten else f"{work.table} is read from end to end"
    return Finding(
        headline=f"{did} while {say_mode(locks[0].mode)} is held on {tables}, and whoever "
        f"{'uses' if exclusive else 'writes'} {tables} waits: {short(work.statement)}",
        weight=Weight.FAIL if exclusive and _bare(work.table) in growing else Weight.NOTE,
        details=(
            say_speed(work),
            *(
                f"the lock on {lock.table} was taken before, in the same transaction: {short(lock.taken_by)}"
                for lock in locks
            ),
        ),
        remedy=f"put what locks {tables} into a migration of its own, or run it last in its transaction, so that "
        f"nobody waits for {tables} while {work.table} is read",
    )


def _finding(work: TableWork, use: Use) -> Finding | None:
    """A table was read under a lock of its own; who waits for that depends on who uses it."""
    if use is Use.OWN:
        return None
    exclusive = work.mode == _EXCLUSIVE
    fails = exclusive and use is Use.USED
    waits = "everybody waits" if fails else "whoever uses it waits" if exclusive else "whoever writes waits"
    details = [say_speed(work), *((say_unseen(work.table),) if exclusive and not fails else ())]
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
