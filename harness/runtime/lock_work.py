"""Reads what the watch told in the log: which statement took which lock, and what it read or wrote whole."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.model.locks import CONFLICTS, TableLock, TableWork, WorkBeside, strongest
from harness.runtime.lock_watch import MARK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from harness.runtime.lock_watch import Look
    from harness.runtime.postgres import LogEntry

#: How ``log_statement`` shows a statement: of the simple protocol, and of the extended one with its name and portal.
_SENT = re.compile(r"(?:statement|execute (?!fetch from )[^:]*): ")
#: Without firing an event trigger these lock a table against everybody (manual, 40.2 "Event Trigger Firing Matrix").
_LOCKING = re.compile(r"\s*(TRUNCATE|LOCK)\b", re.IGNORECASE)
#: Statements that write a table anew without an event for triggers.
_SILENT_REWRITE = re.compile(r"\s*(?:VACUUM\b.*\bFULL\b|CLUSTER\b|REFRESH\b)", re.IGNORECASE | re.DOTALL)
#: Locks under which at least writes wait; those below stop schema changes alone.
_HEAVY = frozenset({"ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"})
#: The log cuts its times off to milliseconds.
_GRAIN_S = 0.001
_ENDS = re.compile(r"\s*(?:COMMIT|ROLLBACK|END|ABORT|BEGIN|START)\b(?!\s+TO)", re.IGNORECASE)


@dataclass(frozen=True)
class Record:
    """What the watch told at one moment, of one session.

    Args:
        kind: ``ddl_command_start``, ``ddl_command_end``, ``table_rewrite``, or ``rows`` for the version table.
        tag: Kind of the statement.
        at: Seconds since the epoch.
        xact: When the transaction began: tells transactions of one session apart.
        query: The statement.
        locks: Modes that the session held, by relation.
        scans: How many whole scans, and of how many rows, the session had counted, by relation.
        rewrites: The relation that is about to be written anew, if one.
    """

    kind: str
    tag: str
    at: float
    xact: float
    query: str
    locks: Mapping[int, frozenset[str]]
    scans: Mapping[int, tuple[int, int]]
    rewrites: int | None = None


@dataclass(frozen=True)
class Said:
    """A statement in the log."""

    at: float
    text: str


@dataclass(frozen=True)
class Held:
    """A lock on a table, and the statement that took it."""

    pid: int
    relation: int
    mode: str
    statement: str
    since: float


@dataclass
class Session:
    """What one session said and did, in order."""

    pid: int
    records: list[Record] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)

    def last_before(self, moment: float, *, naming: str = "") -> Said | None:
        """The last statement before a moment, of those that name something."""
        found = [said for said in self.said if said.at <= moment and naming in said.text]
        return found[-1] if found else None

    def until_next(self, said: Said) -> float:
        """Milliseconds to the statement after it; 0 where there is none."""
        later = [other.at for other in self.said if other.at > said.at]
        return round((later[0] - said.at) * 1000, 1) if later else 0.0

    def meanwhile(self, since: float, until: float, but: str) -> Iterator[tuple[str, float]]:
        """Other statements of the transaction that was open at ``since``, up to a moment."""
        for said in self.said:
            if said.at > since and said.at < until and said.text != but:
                if _ENDS.match(said.text):
                    return
                yield said.text, self.until_next(said)


@dataclass
class _Frame:
    """A DDL statement that runs."""

    start: Record
    rewrites: set[int] = field(default_factory=set)
    inner: dict[int, tuple[int, int]] = field(default_factory=dict)


def sort_entries(entries: Iterable[LogEntry]) -> dict[int, Session]:
    """Log entries by the process that wrote them."""
    sessions: dict[int, Session] = {}
    for entry in entries:
        session = sessions.setdefault(entry.pid, Session(entry.pid))
        if entry.message.startswith(MARK):
            record = parse_record(entry.message)
            if record is not None:
                session.records.append(record)
        elif (sent := _SENT.match(entry.message)) is not None:
            session.said.append(Said(entry.time.timestamp(), entry.message[sent.end() :]))
    return sessions


def parse_record(message: str) -> Record | None:
    """Reads one message of the watch; None where it was cut short."""
    try:
        told = json.loads(message.removeprefix(MARK))
    except ValueError:
        return None
    locks: dict[int, set[str]] = defaultdict(set)
    for relation, mode in told["locks"] or ():
        locks[relation].add(mode)
    return Record(
        kind=told["kind"],
        tag=told["tag"],
        at=float(told["at"]),
        xact=float(told["xact"]),
        query=told["query"] or "",
        locks={relation: frozenset(modes) for relation, modes in locks.items()},
        scans={relation: (scans, rows) for relation, scans, rows in told["scans"] or ()},
        rewrites=told.get("rewrites"),
    )


def find_held(session: Session) -> Iterator[Held]:
    """Every lock on a table that a session was seen to hold, with the statement that took it."""
    known: set[tuple[int, str]] = set()
    xact, began = 0.0, 0.0
    for record in session.records:
        if record.xact != xact:
            xact, known = record.xact, set()
        at_end = record.kind in {"ddl_command_end", "table_rewrite"}
        for relation, modes in record.locks.items():
            for mode in modes:
                if (relation, mode) in known:
                    continue
                known.add((relation, mode))
                if at_end:
                    yield Held(session.pid, relation, mode, record.query, began)
                else:  # taken between two DDL statements: LOCK, or one that writes
                    taken = [said for said in session.said if said.at <= record.at and said.text != record.query]
                    if taken:
                        said = next((one for one in reversed(taken) if _takes(mode, one.text)), taken[-1])
                        yield Held(session.pid, relation, mode, said.text, said.at)
        if record.kind == "ddl_command_start":
            began = record.at


def _takes(mode: str, statement: str) -> bool:
    """Whether a statement that is no DDL could have taken such a lock: rows are read and written under others."""
    return mode != "AccessExclusiveLock" or _LOCKING.match(statement) is not None


def find_work(
    session: Session, before: Look, after: Look, show: Callable[[str], str]
) -> tuple[list[TableWork], list[WorkBeside]]:
    """Tables that were there before and that a statement of the session read or wrote whole.

    Returns:
        Those on which it held a lock for which others wait, and those beside which it held one on another table.

    Args:
        session: Of the migrations.
        before: Names before the step.
        after: And behind it.
        show: Takes secrets out of a statement, and cuts it.
    """
    reader = _WorkReader(session, before, show)
    reader.read()
    rewritten = {work.table for work in reader.found if work.rewritten}
    return [*reader.found, *_silent_rewrites(session, before, after, rewritten, show)], reader.beside


class _WorkReader:
    """Goes through the records of one session."""

    def __init__(self, session: Session, before: Look, show: Callable[[str], str]) -> None:
        self.found: list[TableWork] = []
        self.beside: list[WorkBeside] = []
        self._session = session
        self._before = before
        self._show = show
        self._held = list(find_held(session))
        self._frames: list[_Frame] = []

    def read(self) -> None:
        previous: Record | None = None
        for record in self._session.records:
            if previous is not None and previous.xact != record.xact:
                self._frames.clear()
                previous = None
            match record.kind:
                case "table_rewrite":
                    if self._frames and record.rewrites is not None:
                        self._frames[-1].rewrites.add(record.rewrites)
                case "ddl_command_end":
                    self._end(record)
                case _:
                    if previous is not None and not self._frames:
                        self._look_between(previous, record)
                    if record.kind == "ddl_command_start":
                        self._frames.append(_Frame(record))
            previous = record

    def _end(self, record: Record) -> None:
        """A DDL statement ended; those that it ran itself are told apart."""
        while self._frames and self._frames[-1].start.tag != record.tag:
            self._frames.pop()  # it failed inside a savepoint
        if not self._frames:
            return
        frame = self._frames.pop()
        scans = _difference(frame.start.scans, record.scans)
        own = _difference(frame.inner, scans)
        for relation in sorted(own.keys() | frame.rewrites):
            rewritten = relation in frame.rewrites
            self._note(record, relation, own.get(relation, (0, 0)), Said(frame.start.at, record.query), rewritten)
        if self._frames:
            self._frames[-1].inner = _sum(self._frames[-1].inner, scans)

    def _look_between(self, previous: Record, record: Record) -> None:
        """What ran between two DDL statements of one transaction, or behind the last of them."""
        said = self._session.said
        ran = [one for one in said if previous.at < one.at + _GRAIN_S and one.at < record.at]
        ran = [one for one in ran if one.text not in {record.query, previous.query} and not _LOCKING.match(one.text)]
        for relation, scan in _difference(previous.scans, record.scans).items():
            table = self._before.relations.get(relation)
            naming = [one for one in ran if table is not None and table.name.rpartition(".")[2] in one.text]
            slowest = max(naming or ran, key=self._session.until_next, default=None)
            if slowest is not None:
                began = max(slowest.at, previous.at)
                self._note(record, relation, scan, Said(began, slowest.text), rewritten=False)

    def _note(self, record: Record, relation: int, scan: tuple[int, int], said: Said, rewritten: bool) -> None:
        mode = strongest(record.locks.get(relation, frozenset()))
        table = self._before.relations.get(relation)
        if table is None:
            return
        count, rows = scan
        taken = self._last_taken(relation, mode, record.at)
        by = taken.statement if taken is not None else said.text
        work = TableWork(
            table=table.name,
            statement=self._show(said.text),
            rewritten=rewritten,
            mode=mode,
            taken_by=self._show(by) if by != said.text else "",
            rows=rows // count if count else None,
            duration_ms=round((record.at - said.at) * 1000, 3),
        )
        if mode in _HEAVY:
            self.found.append(work)
        # Between two DDL statements it is told by its name alone which one read it: others may be none of theirs.
        known = record.kind == "ddl_command_end" or table.name.rpartition(".")[2] in said.text
        if known and work.rows and (locks := tuple(self._locks_on_others(record, relation, said))):
            self.beside.append(WorkBeside(work=work, locks=locks))

    def _locks_on_others(self, record: Record, relation: int, said: Said) -> Iterator[TableLock]:
        """Locks for which others wait and that were there before a statement began."""
        for other, modes in sorted(record.locks.items()):
            table, mode = self._before.relations.get(other), strongest(modes)
            taken = self._last_taken(other, mode, record.at)
            if (
                other != relation
                and table is not None
                and mode in _HEAVY
                and taken is not None
                and taken.since < said.at
            ):
                yield TableLock(table=table.name, mode=mode, taken_by=self._show(taken.statement))

    def _last_taken(self, relation: int, mode: str, at: float) -> Held | None:
        taken = [one for one in self._held if (one.relation, one.mode) == (relation, mode) and one.since <= at]
        return taken[-1] if taken else None


def _silent_rewrites(
    session: Session, before: Look, after: Look, known: set[str], show: Callable[[str], str]
) -> Iterator[TableWork]:
    """What another file shows to be written anew: ``VACUUM FULL``, ``CLUSTER``, ``REFRESH MATERIALIZED VIEW``."""
    said = [said for said in session.said if _SILENT_REWRITE.match(said.text)]
    for oid, table in sorted(before.relations.items()):
        later = after.relations.get(oid)
        if later is None or later.storage == table.storage or table.kind not in "rm" or table.name in known:
            continue
        name = table.name.rpartition(".")[2]
        named = [one for one in said if name in one.text] or [one for one in said if " " not in one.text.strip()]
        if named:
            yield TableWork(
                table=table.name,
                statement=show(named[0].text),
                rewritten=True,
                mode="AccessExclusiveLock",
                duration_ms=session.until_next(named[0]),
            )


def _difference(
    before: Mapping[int, tuple[int, int]], after: Mapping[int, tuple[int, int]]
) -> dict[int, tuple[int, int]]:
    found = {}
    for relation, (scans, rows) in after.items():
        old_scans, old_rows = before.get(relation, (0, 0))
        if scans > old_scans:
            found[relation] = (scans - old_scans, rows - old_rows)
    return found


def _sum(one: Mapping[int, tuple[int, int]], other: Mapping[int, tuple[int, int]]) -> dict[int, tuple[int, int]]:
    total = dict(one)
    for relation, (scans, rows) in other.items():
        known = total.get(relation, (0, 0))
        total[relation] = (known[0] + scans, known[1] + rows)
    return total


def conflicts(held: str, wanted: str) -> bool:
    """Whether one mode keeps another one waiting."""
    return wanted in CONFLICTS.get(held, frozenset())
