"""What was seen of locks, of the tables that migrations read and wrote whole, and of the traffic beside them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from harness.model.exchange import Met, TrafficRequest  # noqa: TC001  msgspec resolves them when a journal is read

#: Why there is no traffic, where that is meant.
TURNED_OFF = "background traffic is turned off ([traffic] clients = 0)"


class Party(StrEnum):
    """Whose session it is."""

    REPLICA = "replica"
    MIGRATION = "migration"
    REHEARSAL = "rehearsal"
    """The transaction that the rehearsal itself holds open, where the settings ask for one."""
    OTHER = "other"
    """Autovacuum, or a session that ended before anybody looked."""


@dataclass(frozen=True, kw_only=True)
class Link:
    """Somebody who stood in the way of a session that waited.

    Args:
        party: Whose session it is.
        who: The replica's name, or a word for the others.
        holds: Whether it held the lock; otherwise it waited for one itself, and was first in the queue.
        statement: What took the lock, or waited for it; the empty string where that is not known.
        mode: Mode of the lock that it held or waited for, as in ``pg_locks``; the empty string where not known.
        on: What the lock is on, in words: ``orders``, ``a row of orders``.
        meanwhile: Other statements of the same transaction that ran while it was held, and milliseconds until the
            next one; the long ones alone.
    """

    party: Party
    who: str
    holds: bool
    statement: str = ""
    mode: str = ""
    on: str = ""
    meanwhile: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, kw_only=True)
class LockWait:
    """One session waited for a lock, with a migration among those that stood in its way; or it is the migration's own.

    Args:
        party: Whose session it is.
        who: The replica's name, or a word for the others.
        statement: What waited, secrets taken out.
        mode: Mode of the lock that it wanted.
        on: What the lock is on, in words.
        waited_ms: Milliseconds, by PostgreSQL's own log.
        granted: Whether it got the lock in the end.
        request: The request that waited, ``GET /orders/17``; the empty string where that is not known.
        chain: Who stood in its way, the nearest first, the head of the queue last.
        at: When it began to wait, in seconds since the epoch; 0 where that was not written down.
    """

    party: Party
    who: str
    statement: str
    mode: str
    on: str
    waited_ms: float
    granted: bool
    request: str = ""
    chain: tuple[Link, ...] = ()
    at: float = 0.0


@dataclass(frozen=True, kw_only=True)
class TableWork:
    """A statement of a migration read, or wrote, every row of a table that was there before the step.

    Args:
        table: Which.
        statement: What did, secrets taken out.
        rewritten: Whether the table was written anew.
        mode: The strongest lock on the table that its transaction held meanwhile; the empty string for none.
        taken_by: The statement that took this lock, where that is an earlier one of the same transaction.
        rows: How many rows the table had; None where that is not known.
        duration_ms: Milliseconds that the statement took.
    """

    table: str
    statement: str
    rewritten: bool
    mode: str
    taken_by: str = ""
    rows: int | None = None
    duration_ms: float = 0.0


@dataclass(frozen=True, kw_only=True)
class TableLock:
    """A lock on a table that was there before the step.

    Args:
        table: Which.
        mode: As in ``pg_locks``.
        taken_by: The statement that took it, secrets taken out.
    """

    table: str
    mode: str
    taken_by: str


@dataclass(frozen=True, kw_only=True)
class WorkBeside:
    """A statement read, or wrote, every row of a table while its transaction held locks on others.

    Args:
        work: What it did; its own lock may be one for which nobody waits.
        locks: Those on others, which earlier statements took.
    """

    work: TableWork
    locks: tuple[TableLock, ...]


@dataclass(frozen=True, kw_only=True)
class LocksSeen:
    """What PostgreSQL's log tells of the locks of one migration.

    Args:
        number: Step of the plan.
        label: The step of the schema; ``rollout`` where all of them were applied by one call.
        again: Whether it is the second look, which tells an artefact from a finding.
        waits: Who waited behind the migration, and for what the migration itself waited; the longest first.
        work: Tables that were read or written whole under a lock for which others wait.
        beside: Tables with rows that were, while such a lock was held on another one.
    """

    number: int
    label: str
    again: bool = False
    waits: tuple[LockWait, ...] = ()
    work: tuple[TableWork, ...] = ()
    beside: tuple[WorkBeside, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TrafficRan:
    """Requests were sent all the time while a migration ran.

    Args:
        number: Step of the plan.
        label: The step of the schema; ``rollout`` where all of them were applied by one call.
        again: Whether it is the second look.
        clients: How many sent requests side by side; 0 where there was no traffic.
        reason: Why there was none, in one sentence.
        requests: How many were sent while the migration ran, and shortly before and after.
        lost: How many of them got no response.
        slowest_ms: Milliseconds that the slowest of them took.
        held_s: Seconds for which a transaction was held open beside the migration; 0 for none.
        refused_after_ms: After how many milliseconds each try of the migration gave up a lock, and was tried again.
        sent: The requests, in the order in which they ended.
        migrated_at: When the migration began, in seconds since the epoch; 0 where that was not written down.
        migrated_s: Seconds that it took, tries that gave up a lock among them.
        met: Journeys that failed meanwhile and before; None where that was not written down.
    """

    number: int
    label: str
    again: bool = False
    clients: int = 0
    reason: str = ""
    requests: int = 0
    lost: int = 0
    slowest_ms: float = 0.0
    held_s: float = 0.0
    refused_after_ms: tuple[float, ...] = ()
    sent: tuple[TrafficRequest, ...] = ()
    migrated_at: float = 0.0
    migrated_s: float = 0.0
    met: Met | None = None


#: From weakest to strongest, each with those that it conflicts with (manual, 13.3 "Explicit Locking", table 13.2).
CONFLICTS: dict[str, frozenset[str]] = {}
_MODES = (
    ("AccessShareLock", "8"),
    ("RowShareLock", "78"),
    ("RowExclusiveLock", "5678"),
    ("ShareUpdateExclusiveLock", "45678"),
    ("ShareLock", "34678"),
    ("ShareRowExclusiveLock", "345678"),
    ("ExclusiveLock", "2345678"),
    ("AccessExclusiveLock", "12345678"),
)
for _mode, _others in _MODES:
    CONFLICTS[_mode] = frozenset(_MODES[int(digit) - 1][0] for digit in _others)


def strongest(modes: frozenset[str]) -> str:
    """The strongest of some modes; the empty string for none."""
    return max(modes & CONFLICTS.keys(), key=list(CONFLICTS).index, default="")


def say_mode(mode: str) -> str:
    """A mode as SQL has it: ``AccessExclusiveLock`` is ``ACCESS EXCLUSIVE``."""
    words = "".join(f" {letter}" if letter.isupper() else letter for letter in mode.removesuffix("Lock"))
    return words.strip().upper()
