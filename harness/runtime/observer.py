"""Listens to PostgreSQL's own log, and says which replica it refused what."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.model.events import SqlError
from harness.runtime.postgres import ServerLog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from harness.runtime.postgres import LogEntry
    from harness.runtime.workspace import Workspace

#: Severities with which a statement or a session ended.
_REFUSED = frozenset({"ERROR", "FATAL", "PANIC"})
#: Of a statement, so much is kept as evidence.
_STATEMENT_LENGTH = 1_000


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """An error and when it happened, by the server's clock."""

    time: datetime
    error: SqlError


class Observer:
    """Sorts the log's entries by replica.

    Args:
        workspace: Whose roles they are.
        redact: Takes secrets out of statements and messages.
    """

    def __init__(self, workspace: Workspace, redact: Callable[[str], str]) -> None:
        self._workspace = workspace
        self._redact = redact
        self._log = ServerLog(workspace.server)
        self._lock = threading.Lock()
        self._refused: dict[str, list[Refusal]] = defaultdict(list)

    def take(self, names: Iterable[str]) -> list[Refusal]:
        """What the given replicas were refused since they were asked for last, in order.

        Args:
            names: Replicas.
        """
        roles = {self._workspace.role(name): name for name in names}
        with self._lock:
            for entry in self._log.cut():
                if entry.user is not None and entry.severity in _REFUSED:
                    self._refused[entry.user].append(self._refusal(entry))
            taken = [
                Refusal(time=refusal.time, error=_named(refusal.error, name))
                for role, name in roles.items()
                for refusal in self._refused.pop(role, [])
            ]
        return sorted(taken, key=lambda refusal: refusal.time)

    def close(self) -> None:
        """Stops listening."""
        self._log.close()

    def _refusal(self, entry: LogEntry) -> Refusal:
        statement = self._redact(entry.statement or "")
        if len(statement) > _STATEMENT_LENGTH:
            statement = statement[:_STATEMENT_LENGTH] + "..."
        return Refusal(
            time=entry.time,
            error=SqlError(
                replica="",
                sqlstate=entry.sqlstate,
                message=self._redact(entry.message),
                detail=self._redact(entry.detail or ""),
                statement=statement,
            ),
        )


def _named(error: SqlError, replica: str) -> SqlError:
    return SqlError(
        replica=replica,
        sqlstate=error.sqlstate,
        message=error.message,
        detail=error.detail,
        statement=error.statement,
    )
