"""PostgreSQL's own account of what happened, read over SQL and cut exactly between two moments."""

from __future__ import annotations

import json
import secrets
import time
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import psycopg

from harness.errors import PostgresError
from harness.runtime.postgres.server import connect, first_line

if TYPE_CHECKING:
    from datetime import tzinfo
    from types import TracebackType
    from typing import LiteralString, Self

    from harness.runtime.postgres.server import Server

BARRIER = "rolldeploy barrier "
_BARRIER_MARK = BARRIER.encode()
# The logging collector writes a line within a millisecond of getting it; longer than this, and it is not running.
BARRIER_DEADLINE_S = 10.0
POLL_S = 0.001
RECONNECT_PAUSE_S = 0.1
NO_ERROR = "00000"
# A cut is a few kilobytes; the server allocates this much for each read.
CHUNK_BYTES = 1 << 18


@dataclass(frozen=True, kw_only=True)
class LogEntry:
    """One entry of the server's log.

    Attributes:
        time: when it was written, to the millisecond.
        user: the session's user: the replica, whatever role it acts as.
        database: the session's database.
        pid: the session's process.
        severity: `ERROR`, `FATAL`, `LOG` and so on.
        sqlstate: five characters; `00000` where nothing failed.
        message: the primary text.
        detail: more facts, such as the offending key.
        hint: what PostgreSQL suggests.
        context: where in a function it happened.
        statement: the statement that failed.
        query_pos: where in the statement, counted in characters from 1.
        application: what the session calls itself.
    """

    time: datetime
    user: str | None
    database: str | None
    pid: int
    severity: str
    sqlstate: str
    message: str
    detail: str | None = None
    hint: str | None = None
    context: str | None = None
    statement: str | None = None
    query_pos: int | None = None
    application: str | None = None


class ServerLog:
    """Reads a server's JSON log from now on.

    Each `cut` puts a barrier into the log and returns what stands between the last barrier and this one; no entry is
    lost and none comes twice. Entries of all databases of the server are in it, those of other test processes too. One
    reader belongs to one thread.

    Args:
        server: the server; without a readable JSON log every cut is empty.
        only: beginnings of the names of the users whose entries are wanted; none takes all.

    Raises:
        PostgresError: the server does not answer.
    """

    def __init__(self, server: Server, *, only: tuple[str, ...] = ()) -> None:
        self._server = server
        self._only = only
        self._looked_for = tuple(f'"user":"{name}'.encode() for name in only) or (b"",)
        self._connection: psycopg.Connection[Any] | None = None
        self._zone: tzinfo = UTC
        self._file = ""
        self._offset = 0
        self._rest = b""  # the beginning of a line whose end is not written yet
        self._lines: deque[bytes] = deque()
        self._entries: list[LogEntry] = []
        if server.json_log:
            self._start_at_end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; harmless when repeated."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def cut(self) -> tuple[LogEntry, ...]:
        """Return what was logged since the last cut, or since this reader was made.

        What a session logged before this call began is in it, down to the last entry.

        Raises:
            PostgresError: the server is gone, or the barrier does not come up in the log.
        """
        if not self._server.json_log:
            return ()
        barrier = BARRIER + secrets.token_hex(8)
        self._query(f"DO $$BEGIN RAISE LOG '{barrier}'; END$$")
        deadline = time.monotonic() + BARRIER_DEADLINE_S
        while not self._take_lines(barrier):
            if self._fill():
                continue
            if time.monotonic() > deadline:
                raise PostgresError(
                    f"the server's log does not show within {BARRIER_DEADLINE_S:.0f} s what was just written to it; "
                    f"is its disk full, or was {self._file} moved away?"
                )
            time.sleep(POLL_S)
        entries, self._entries = tuple(self._entries), []
        return entries

    def _start_at_end(self) -> None:
        """Skip what is there already; the offset may point into a line, which the first cut throws away with it."""
        [(self._file, self._offset, zone)] = self._query(
            "SELECT file, (pg_stat_file(file)).size, current_setting('log_timezone') "
            "FROM pg_current_logfile('jsonlog') AS file"
        )
        self._zone = _find_zone(zone)
        self.cut()

    def _take_lines(self, barrier: str) -> bool:
        """Move lines that were read to the entries, up to the barrier; says whether it was there."""
        while self._lines:
            line = self._lines.popleft()
            if _BARRIER_MARK not in line and not any(mark in line for mark in self._looked_for):
                continue  # parsing costs more than looking
            entry = parse_entry(line, self._zone)
            if entry.message == barrier:
                return True
            if entry.message.startswith(BARRIER):  # another reader's
                continue
            if not self._only or (entry.user or "").startswith(self._only):
                self._entries.append(entry)
        return False

    def _fill(self) -> bool:
        """Read on; says whether there was more."""
        chunk, current = self._read_chunk()
        if not chunk and current != self._file:
            # The server went on to another file. What came before that is in the old one, and complete only now.
            chunk, current = self._read_chunk()
            if not chunk:
                if self._rest:
                    self._lines.append(self._rest)  # a crash cut it short; it is not the start of the other file
                self._file, self._offset, self._rest = current, 0, b""
                return True
        self._offset += len(chunk)
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        self._lines.extend(line for line in lines if line)
        return bool(chunk)

    def _read_chunk(self) -> tuple[bytes, str]:
        """Read bytes and not text: a client can log what is no UTF-8, and a chunk may end inside a character."""
        [(chunk, current)] = self._query(
            "SELECT pg_read_binary_file(%s, %s, %s, true), pg_current_logfile('jsonlog')",
            (self._file, self._offset, CHUNK_BYTES),
        )
        return chunk or b"", current or self._file

    def _query(self, statement: LiteralString, values: tuple[object, ...] | None = None) -> list[tuple[Any, ...]]:
        """Run a statement; where the server crashed and came back, on a new connection."""
        deadline = time.monotonic() + BARRIER_DEADLINE_S
        while True:
            try:
                if self._connection is None:
                    self._connection = connect(self._server)
                cursor = self._connection.execute(statement, values, binary=True)
                return cursor.fetchall() if cursor.description else []
            except (psycopg.OperationalError, PostgresError) as error:
                self.close()
                if time.monotonic() > deadline:
                    raise PostgresError(
                        f"the log of PostgreSQL at {self._server.host}:{self._server.port} cannot be read: "
                        f"{first_line(error)}; the server has stopped, or refuses connections"
                    ) from error
                time.sleep(RECONNECT_PAUSE_S)
            except psycopg.Error as error:
                raise PostgresError(
                    f"the log of PostgreSQL at {self._server.host}:{self._server.port} cannot be read: "
                    f"{first_line(error)} [{error.sqlstate}]"
                ) from error


def parse_entry(line: bytes, zone: tzinfo = UTC) -> LogEntry:
    """Read one line of the JSON log (manual, 20.8.5 "Using JSON-Format Log Output").

    Args:
        line: the line; one that a crash of the server cut short becomes an entry of severity `UNREADABLE`, so that
            nothing is lost.
        zone: the server's `log_timezone`; the log itself has an abbreviation, and those are ambiguous.
    """
    text = line.decode(errors="replace")
    try:
        values = json.loads(text)
        when = datetime.fromisoformat(values["timestamp"].rpartition(" ")[0]).replace(tzinfo=zone)
    except (ValueError, KeyError, AttributeError, TypeError):
        return LogEntry(
            time=datetime.now(UTC), user=None, database=None, pid=0, severity="UNREADABLE", sqlstate="", message=text
        )
    return LogEntry(
        time=when.astimezone(UTC),
        user=values.get("user"),
        database=values.get("dbname"),
        pid=values.get("pid", 0),
        severity=values.get("error_severity", ""),
        sqlstate=values.get("state_code", NO_ERROR),
        message=values.get("message", ""),
        detail=values.get("detail"),
        hint=values.get("hint"),
        context=values.get("context"),
        statement=values.get("statement"),
        query_pos=values.get("cursor_position"),
        application=values.get("application_name"),
    )


def _find_zone(name: str) -> tzinfo:
    if name in {"UTC", "GMT", "Etc/UTC"}:
        return UTC  # slim images come without a time zone database
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
