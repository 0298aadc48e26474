"""Listens to PostgreSQL's own log, and says which replica sent it what, and what it was refused."""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.model.observed import SqlError
from harness.model.release import ReleaseName
from harness.model.statement import leaves_nothing
from harness.runtime.holders import tell_holder
from harness.runtime.postgres import ServerLog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from harness.runtime.postgres import LogEntry
    from harness.runtime.workspace import Workspace

#: Severities with which a statement or a session ended.
_REFUSED = frozenset({"ERROR", "FATAL", "PANIC"})
#: How ``log_statement`` shows a statement: of the simple protocol, and of the extended one with its name and portal.
_SENT = re.compile(r"(?:statement|execute (?!fetch from )[^:]*): ")
#: What a journey's own sessions call themselves: what they send is none of the release's statements.
JOURNEY = "rolldeploy journey"
#: Of a statement, so much is kept as evidence.
_STATEMENT_LENGTH = 1_000


@dataclass(frozen=True, kw_only=True)
class Logged:
    """A statement that a replica sent, or one that it was refused.

    Args:
        time: By the server's clock.
        replica: Who.
        session: Process id of his session's server process.
        statement: The whole text, as it was sent; it may hold secrets.
        error: Why it was refused; None where it was only sent.
        values: Its parameters as the log shows them, where they were sent apart from it; they may be secrets.
    """

    time: datetime
    replica: str
    session: int
    statement: str
    error: SqlError | None = None
    values: str = ""


class Observer:
    """Sorts the log's entries by replica.

    Args:
        workspace: Whose roles they are.
        redact: Takes secrets out of statements and messages.
    """

    def __init__(self, workspace: Workspace, redact: Callable[[str], str]) -> None:
        self._workspace = workspace
        self._redact = redact
        # Old replicas may be an application that runs already, whose role has a name of its own.
        whose = {workspace.role(""), workspace.role(f"{ReleaseName.OLD}-")}
        self._log = ServerLog(workspace.server, only=tuple(whose))
        self._lock = threading.Lock()
        self._entries: dict[str, list[LogEntry]] = defaultdict(list)
        self._heard: set[str] = set()

    def take(self, names: Iterable[str]) -> list[Logged]:
        """What the given replicas sent and were refused since they were asked for last, in order.

        Args:
            names: Replicas.
        """
        roles = {self._workspace.role(name): name for name in names}
        with self._lock:
            self._listen()
            taken = [(name, entry) for role, name in roles.items() for entry in self._entries.pop(role, [])]
        logged = [found for name, entry in taken if (found := self._logged(name, entry)) is not None]
        return sorted(logged, key=lambda item: item.time)

    def entries(self, names: Iterable[str]) -> list[LogEntry]:
        """All that the log has of the sessions of some replicas, or of a migrator, since they were asked for last.

        Args:
            names: Whose.
        """
        with self._lock:
            self._listen()
            taken = [entry for name in names for entry in self._entries.pop(self._workspace.role(name), [])]
        return sorted(taken, key=lambda entry: entry.time)

    def has_heard(self, name: str) -> bool:
        """Whether a replica has ever had a session in which it asked for something.

        Args:
            name: The replica.
        """
        with self._lock:
            self._listen()
            return self._workspace.role(name) in self._heard

    def refusals(self, names: Iterable[str]) -> tuple[SqlError, ...]:
        """What the given replicas were refused since they were asked for last, in order.

        Args:
            names: Replicas.
        """
        return tuple(item.error for item in self.take(names) if item.error is not None)

    def last_refusal(self, name: str) -> SqlError | None:
        """What somebody was refused, where nothing that may last came of him behind it.

        Whoever asks later is told of it all the same.

        Args:
            name: A migrator, whose program says no more than that it failed.
        """
        with self._lock:
            self._listen()
            entries = sorted(self._entries[self._workspace.role(name)], key=lambda entry: entry.time)
        for entry in reversed(entries):
            logged = self._logged(name, entry)
            if logged is not None and (logged.error is not None or not leaves_nothing(logged.statement)):
                return logged.error
        return None

    def tell_holder(self, name: str, database: str, others: Iterable[str]) -> str:
        """Who held the lock that a migrator gave up, in one sentence; see :func:`tell_holder`.

        Whoever asks later is told of its entries all the same.

        Args:
            name: The migrator.
            database: Where it ran.
            others: Replicas that may be who.
        """
        workspace = self._workspace
        roles = {workspace.role(other): other for other in others}
        with self._lock:
            self._listen()
            entries = sorted(self._entries[workspace.role(name)], key=lambda entry: entry.time)
        return tell_holder(entries, workspace.server, workspace.name(database), roles, self.show)

    def show(self, statement: str) -> str:
        """A statement as it may be kept: without secrets, and not too long."""
        text = self._redact(statement)
        return text if len(text) <= _STATEMENT_LENGTH else text[:_STATEMENT_LENGTH] + "..."

    def close(self) -> None:
        """Stops listening."""
        self._log.close()

    def _listen(self) -> None:
        for entry in self._log.cut():
            if entry.user is not None and self._workspace.is_ours(entry):
                self._entries[entry.user].append(entry)
                if entry.severity != "FATAL":  # which ends an attempt to have one
                    self._heard.add(entry.user)

    def _logged(self, replica: str, entry: LogEntry) -> Logged | None:
        if entry.severity in _REFUSED:
            error = SqlError(
                replica=replica,
                sqlstate=entry.sqlstate,
                message=self._redact(entry.message),
                detail=self._redact(entry.detail or ""),
                statement=self.show(entry.statement or ""),
            )
            return Logged(
                time=entry.time, replica=replica, session=entry.pid, statement=entry.statement or "", error=error
            )
        sent = _SENT.match(entry.message)
        if sent is None or entry.application == JOURNEY:
            return None
        return Logged(
            time=entry.time,
            replica=replica,
            session=entry.pid,
            statement=entry.message[sent.end() :],
            values=entry.detail or "",
        )
