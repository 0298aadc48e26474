"""Reads PostgreSQL's own account of who waited for which lock, behind whom, and for exactly how long."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.model.locks import Link, LockWait, Party
from harness.runtime.lock_work import Held, Session, conflicts, find_held, sort_entries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from harness.runtime.lock_watch import Look
    from harness.runtime.postgres import LogEntry

#: PostgreSQL's ``ProcSleep``, in English by ``lc_messages``.
_WAIT = re.compile(
    r"process (?P<pid>\d+) (?P<what>still waiting for|acquired|detected deadlock while waiting for|"
    r"avoided deadlock for|failed to acquire) (?P<mode>\w+) on (?P<on>.+?)"
    r"(?: by rearranging queue order)? after (?P<ms>[\d.]+) ms"
)
_HOLDERS = re.compile(r"Process(?:es)? holding the lock: (?P<holders>[\d, ]*)\. Wait queue: (?P<queue>[\d, ]*)\.")
_RELATION = re.compile(r"(?P<part>(?:page \d+ |extension |tuple \S+ )(?:of ))?relation (?P<oid>\d+) of database \d+")
_ROW = re.compile(r"while \w+ (?:(?:index |updated )?tuple|updated version) .* in relation \"(?P<table>[^\"]+)\"")
_ADVISORY = "advisory"
_STOPPED = frozenset({"ERROR", "FATAL"})
_WRITES = re.compile(
    r"\s*(?:WITH|INSERT|UPDATE|DELETE|MERGE|SELECT\b.*\bFOR\b|TRUNCATE|LOCK|DO)\b", re.IGNORECASE | re.DOTALL
)
#: Of what ran while a lock was held, so much is told: what took this many milliseconds, and the longest of them.
_WORTH_MS = 10.0
_MOST_MEANWHILE = 3
#: The log cuts its times off to milliseconds.
_GRAIN_S = 0.002
#: Waits are few, since each client waits for one thing at a time; but a migration may block them over and over.
_MOST_WAITS = 100


@dataclass(frozen=True)
class Sent:
    """A request of the background traffic.

    Args:
        replica: Who was to answer.
        line: Method and path, secrets taken out.
        began: Seconds since the epoch.
        ended: And when the response was there, or was given up.
    """

    replica: str
    line: str
    began: float
    ended: float


@dataclass(frozen=True)
class _Wait:
    """One wait, as far as the log tells of it."""

    pid: int
    mode: str
    lock: str
    began: float
    ended: float
    waited_ms: float
    granted: bool
    statement: str
    context: str
    holders: tuple[int, ...]
    ahead: tuple[int, ...]


@dataclass(frozen=True)
class Parties:
    """Who is who in the log.

    Args:
        roles: Party and name of each login role.
        look: Names of relations and sessions.
        show: Takes secrets out of a statement, and cuts it.
    """

    roles: Mapping[str, tuple[Party, str]]
    look: Look
    show: Callable[[str], str]


def find_waits(entries: Iterable[LogEntry], parties: Parties, requests: Iterable[Sent] = ()) -> tuple[LockWait, ...]:
    """All waits that a migration stands in the way of, and those of the migration itself; the longest first.

    Args:
        entries: The log, in order.
        parties: Who is who.
        requests: What was sent meanwhile, to say which of them waited.
    """
    kept = list(entries)
    users = {entry.pid: entry.user for entry in kept if entry.user is not None}
    account = _Account(_parse_waits(kept), sort_entries(kept), parties, {**parties.look.sessions, **users})
    sent = tuple(requests)
    found = [told for wait in account.waits if (told := account.tell(wait, sent)) is not None]
    return tuple(sorted(found, key=lambda wait: -wait.waited_ms)[:_MOST_WAITS])


def _parse_waits(entries: list[LogEntry]) -> list[_Wait]:
    open_: dict[int, _Wait] = {}
    done: list[_Wait] = []
    for entry in entries:
        match = _WAIT.match(entry.message)
        moment = entry.time.timestamp()
        if match is None:
            if entry.severity in _STOPPED and entry.pid in open_:
                wait = open_.pop(entry.pid)
                done.append(replace(wait, ended=moment, waited_ms=round((moment - wait.began) * 1000, 1)))
            continue
        pid, waited_ms = int(match["pid"]), float(match["ms"])
        if match["what"] == "still waiting for" and pid not in open_:
            detail = _HOLDERS.search(entry.detail or "")
            queue = _numbers(detail["queue"]) if detail else ()
            began = moment - waited_ms / 1000
            open_[pid] = _Wait(
                pid=pid,
                mode=match["mode"],
                lock=match["on"],
                began=began,
                ended=moment,
                waited_ms=waited_ms,
                granted=False,
                statement=entry.statement or "",
                context=entry.context or "",
                holders=_numbers(detail["holders"]) if detail else (),
                ahead=queue[: queue.index(pid)] if pid in queue else queue,
            )
        elif match["what"] == "acquired" and pid in open_:
            done.append(replace(open_.pop(pid), ended=moment, waited_ms=waited_ms, granted=True))
    return [*done, *open_.values()]


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text))


class _Account:
    """Puts together who waited for whom."""

    def __init__(
        self, waits: list[_Wait], sessions: Mapping[int, Session], parties: Parties, users: Mapping[int, str]
    ) -> None:
        self.waits = waits
        self._sessions = sessions
        self._parties = parties
        self._users = users
        migrators = [session for pid, session in sessions.items() if self._party(pid)[0] is Party.MIGRATION]
        self._held = [held for session in migrators for held in find_held(session)]

    def tell(self, wait: _Wait, requests: tuple[Sent, ...]) -> LockWait | None:
        """One wait; None where no migration has to do with it."""
        party, who = self._party(wait.pid)
        own = party is Party.MIGRATION
        chain = self._chain(wait, frozenset({wait.pid}), through_migration=not own)
        if not own and (chain is None or all(link.party is not Party.MIGRATION for link in chain)):
            return None
        during = [
            sent
            for sent in requests
            if sent.replica == who and sent.began <= wait.began + _GRAIN_S and sent.ended >= wait.ended - _GRAIN_S
        ]
        nearest = min(during, key=lambda sent: sent.ended - sent.began, default=None)
        return LockWait(
            party=party,
            who=who,
            statement=self._parties.show(wait.statement),
            mode=wait.mode,
            on=self._on(wait),
            waited_ms=wait.waited_ms,
            granted=wait.granted,
            request=nearest.line if nearest is not None else "",
            chain=chain or (),
            at=round(wait.began, 4),
        )

    def _chain(self, wait: _Wait, seen: frozenset[int], *, through_migration: bool) -> tuple[Link, ...] | None:
        """From the nearest that stands in the way to the head of the queue; None where no migration is among them."""
        best: tuple[Link, ...] | None = None
        for pid in [*wait.ahead, *wait.holders]:
            if pid in seen:
                continue
            next_ = self._wait_of(pid, wait)
            if pid in wait.ahead and next_ is not None and not conflicts(next_.mode, wait.mode):
                continue  # first in the queue, but for something that this session could have beside it
            rest: tuple[Link, ...] = ()
            here = self._party(pid)[0] is Party.MIGRATION
            if next_ is not None:
                rest = self._chain(next_, seen | {pid}, through_migration=False) or ()
            link = self._link(pid, wait, next_ if pid in wait.ahead else None)
            chain = (link, *rest)
            if here or any(item.party is Party.MIGRATION for item in rest):
                return chain
            best = best or chain
        return None if through_migration else best

    def _wait_of(self, pid: int, during: _Wait) -> _Wait | None:
        """What somebody waited for at the same time."""
        for wait in self.waits:
            if wait.pid == pid and wait.began <= during.ended and wait.ended >= during.began:
                return wait
        return None

    def _link(self, pid: int, wait: _Wait, queued: _Wait | None) -> Link:
        party, who = self._party(pid)
        session = self._sessions.get(pid)
        statement, mode, since = "", "", wait.began
        if queued is not None:
            statement, mode, since = queued.statement, queued.mode, queued.ended
        elif session is not None:
            statement, mode, since = self._taker(session, wait)
        ran = list(session.meanwhile(since, wait.ended, statement)) if session is not None else []
        ran = sorted((one for one in ran if one[1] >= _WORTH_MS), key=lambda one: -one[1])[:_MOST_MEANWHILE]
        return Link(
            party=party,
            who=who,
            holds=queued is None,
            statement=self._parties.show(statement),
            mode=mode,
            on=self._on(queued or wait),
            meanwhile=tuple((self._parties.show(text), ms) for text, ms in ran),
        )

    def _taker(self, session: Session, wait: _Wait) -> tuple[str, str, float]:
        """The statement that took the lock, its mode, and when; the watch knows, or the last that names the table."""
        relation = _RELATION.match(wait.lock)
        if relation is not None and relation["part"] is None:
            held = [
                one
                for one in self._held
                if one.pid == session.pid and one.relation == int(relation["oid"]) and one.since <= wait.ended
            ]
            fitting: list[Held] = [one for one in held if conflicts(one.mode, wait.mode)]
            if fitting:
                return fitting[-1].statement, fitting[-1].mode, fitting[-1].since
        table = self._on(wait).removeprefix("a row of ").rpartition(".")[2]
        if wait.lock.startswith(_ADVISORY):
            table = _ADVISORY  # as all functions are called that take one
        until = wait.began + _GRAIN_S
        naming = [said for said in session.said if said.at <= until and table in said.text]
        row = wait.lock.startswith(("transaction", "tuple"))
        said = next((s for s in reversed(naming) if not row or _WRITES.match(s.text)), None)
        said = said or session.last_before(until)
        return (said.text, "", said.at) if said is not None else ("", "", wait.began)

    def _on(self, wait: _Wait) -> str:
        """What a lock is on, in words."""
        row = _ROW.search(wait.context)
        if wait.lock.startswith(("transaction", "tuple")) and row is not None:
            return f"a row of {row['table']}"
        relation = _RELATION.match(wait.lock)
        if relation is not None:
            known = self._parties.look.relations.get(int(relation["oid"]))
            name = known.name if known is not None else f"relation {relation['oid']}"
            return f"a row of {name}" if (relation["part"] or "").startswith("tuple") else name
        if wait.lock.startswith("virtual transaction"):
            return "the end of an older transaction"
        if wait.lock.startswith("transaction"):
            return "the end of a transaction"
        return "an advisory lock" if wait.lock.startswith(_ADVISORY) else wait.lock

    def _party(self, pid: int) -> tuple[Party, str]:
        role = self._users.get(pid, "")
        return self._parties.roles.get(role, (Party.OTHER, role or "a session that is gone"))
