"""The statements that the old release is known to send, and whether PostgreSQL still plans them."""

from __future__ import annotations

import csv
import io
import re
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import pq, sql

from harness.errors import ScenarioError
from harness.model.statement import fingerprint, split_statements
from harness.runtime.postgres import connect

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from harness.runtime.postgres import Server

_COMMENTS = re.compile(r"/\*.*?\*/|--[^\n]*", re.DOTALL)
_CURSOR = re.compile(r"\s*DECLARE\s+\S+\s.*?\bCURSOR\b.*?\bFOR\s+", re.IGNORECASE | re.DOTALL)
#: What can be prepared (manual, PREPARE).
_PLANNABLE = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "VALUES", "WITH", "TABLE"})
#: More different statements than this are no application's: values have slipped into what tells them apart.
_MOST = 20_000
#: A long transaction of the application must not hold up the planning of its statements for ever.
_LOCK_TIMEOUT = "5s"
_NAME = b"rolldeploy_statement"


@dataclass(frozen=True, kw_only=True)
class Known:
    """One statement of the old release.

    Args:
        text: As it was sent, or as it stands in the user's file.
        sent: Whether the rehearsal saw it being sent.
    """

    text: str
    sent: bool


@dataclass(frozen=True, kw_only=True)
class Refused:
    """Why a statement is not planned.

    Args:
        known: The statement.
        sqlstate: PostgreSQL's code.
        message: The primary message.
    """

    known: Known
    sqlstate: str
    message: str


class Statements:
    """All different statements of the old release; may be used by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, Known] = {}
        self._texts: set[tuple[str, str]] = set()
        self._senders: set[tuple[str, str]] = set()
        self._plannable: tuple[Known, ...] | None = None
        self.left_out = 0
        self._told = False
        self.background: frozenset[str] = frozenset()

    def learn(self, text: str, *, sent: bool = True, journey: str = "") -> bool:
        """Notes a statement; says whether it was not known of a journey.

        Args:
            text: As the server had it.
            sent: Whether the rehearsal saw it being sent.
            journey: During which journey; the empty string where it belongs to none.
        """
        if (text, journey) in self._texts:  # most are sent thousands of times, and a look costs less than a fingerprint
            return False
        key = fingerprint(text)
        with self._lock:
            if len(self._texts) < _MOST:
                self._texts.add((text, journey))
            if (key, journey) in self._senders or len(self._senders) >= _MOST or (not journey and key in self._known):
                return False
            self._senders.add((key, journey))
            if key not in self._known:
                self._known[key] = Known(text=text, sent=sent)
            return True

    def tell_first(self) -> bool:
        """Whether nobody was told yet that what is sent is seen; who asks tells it."""
        with self._lock:
            told, self._told = self._told, True
        return not told

    def note_background(self, texts: Iterable[str]) -> None:
        """Notes statements that were sent without a request."""
        with self._lock:
            self.background |= {fingerprint(text) for text in texts if text}

    def plan(self, server: Server, database: str, role: str) -> tuple[tuple[Known, ...], tuple[Refused, ...]]:
        """Plans every statement; on the first schema, those that do not plan are left out for good.

        Args:
            server: Where.
            database: Full name of the database.
            role: As whom.

        Returns:
            What was planned, and what of it PostgreSQL refused.
        """
        first = self._plannable is None
        tried = tuple(self._known.values()) if self._plannable is None else self._plannable
        refused = tuple(_plan(server, database, role, tried))
        if not first:
            return tried, refused
        unusable = {id(item.known) for item in refused}
        self._plannable = tuple(known for known in tried if id(known) not in unusable)
        self.left_out = len(tried) - len(self._plannable)
        return self._plannable, ()


def read_statements(path: Path) -> Iterator[str]:
    """Statements out of a file: a CSV export of ``pg_stat_statements`` with a column ``query``, or SQL text.

    In text, each statement ends with a semicolon.

    Raises:
        ScenarioError: There is no such file, it cannot be read, or it holds no statement.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ScenarioError(f"cannot read the statements in {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ScenarioError(f"the statements in {path} are not UTF-8 text") from None
    head = next(csv.reader(io.StringIO(text)), [])
    if "query" in head:
        csv.field_size_limit(max(csv.field_size_limit(), len(text)))
        found = [row["query"] for row in csv.DictReader(io.StringIO(text)) if row["query"]]
    else:
        found = list(split_statements(text))
    found = [statement for statement in found if _COMMENTS.sub("", statement).strip()]
    if not found:
        raise ScenarioError(f"there is no statement in {path}: write some, each with a semicolon at its end")
    yield from found


def _plan(server: Server, database: str, role: str, statements: Iterable[Known]) -> Iterator[Refused]:
    """Prepares each and has it planned for whatever values; executes none.

    They go by the extended protocol, which takes one statement at a time, whatever the text is.
    """
    with connect(server, database) as connection:
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
        connection.execute("SET plan_cache_mode = force_generic_plan")
        connection.execute(sql.SQL("SET lock_timeout = {}").format(sql.Literal(_LOCK_TIMEOUT)))
        for known in statements:
            text = _CURSOR.sub("", known.text, count=1)
            words = _COMMENTS.sub(" ", text).lstrip(" \t\r\n(").split(None, 1)
            if not words or words[0].upper() not in _PLANNABLE:
                yield Refused(known=known, sqlstate="", message="it cannot be prepared")
                continue
            refusal = _plan_one(connection.pgconn, text.encode())
            if refusal is not None:
                yield Refused(known=known, sqlstate=refusal[0], message=refusal[1])


def _plan_one(connection: Any, text: bytes) -> tuple[str, str] | None:
    """Code and message where it does not plan."""
    result = connection.prepare(_NAME, text)
    if result.status != pq.ExecStatus.COMMAND_OK:
        return _refusal(result)
    count = connection.describe_prepared(_NAME).nparams
    arguments = b"(" + b",".join([b"NULL"] * count) + b")" if count else b""
    result = connection.exec_(b"EXPLAIN EXECUTE " + _NAME + arguments)
    connection.exec_(b"DEALLOCATE " + _NAME)
    return None if result.status == pq.ExecStatus.TUPLES_OK else _refusal(result)


def _refusal(result: Any) -> tuple[str, str]:
    def field(name: pq.DiagnosticField) -> str:
        value: bytes | None = result.error_field(name)
        return (value or b"").decode("utf-8", "replace")

    return field(pq.DiagnosticField.SQLSTATE), field(pq.DiagnosticField.MESSAGE_PRIMARY)
