"""Sessions of the administrating role that are kept between uses: a new one costs more than most of what it does.

Processor time of PostgreSQL 18 for one look at the schema: 3 ms to begin a session, 25 ms in one that has to read the
system catalogs and to plan first, 2 ms in one that has looked before.
"""

from __future__ import annotations

import contextlib
import select
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from harness.runtime.postgres.server import connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from harness.runtime.postgres.server import Server


class Kept:
    """Sessions on one server's maintenance database that nobody uses now; may be used by several threads."""

    def __init__(self) -> None:
        self._idle: list[psycopg.Connection[Any]] = []
        self._lock = threading.Lock()
        self._closed = False

    def take(self) -> psycopg.Connection[Any] | None:
        """One that is alive, or None."""
        while True:
            with self._lock:
                connection = self._idle.pop() if self._idle else None
            # A server says nothing to a session that asked for nothing, but that it ends.
            if connection is None or not select.select([connection.fileno()], [], [], 0.0)[0]:
                return connection
            connection.close()

    def give_back(self, connection: psycopg.Connection[Any]) -> None:
        """Keeps one for the next who needs it."""
        with self._lock:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()

    def close(self) -> None:
        """Ends them, and those that come back."""
        with self._lock:
            self._closed = True
        while self._idle:
            self._idle.pop().close()


def keep_sessions(server: Server) -> tuple[Server, Kept]:
    """The same server, whose sessions are kept until they are closed by whoever asked for it."""
    kept = Kept()
    return replace(server, kept=kept), kept


@contextlib.contextmanager
def maintain(server: Server) -> Iterator[psycopg.Connection[Any]]:
    """A session of the administrating role on the maintenance database, for one piece of work that changes no setting.

    Args:
        server: Where; see :func:`keep_sessions`.

    Raises:
        PostgresError: The server does not answer, or refuses.
    """
    if server.kept is None:
        with connect(server) as connection:
            yield connection
        return
    with _borrow(server.kept, server, None) as connection:
        yield connection


class Readers:
    """Sessions of the administrating role on the databases of a rehearsal, kept while these are; for several threads.

    They plan what they are asked once: so they are for questions whose answer has the same columns every time. What
    ``ALTER DATABASE ... SET`` says holds for those alone that begin behind it.

    Args:
        server: Where.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._kept: dict[str, Kept] = {}
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def on(self, database: str) -> Iterator[psycopg.Connection[Any]]:
        """A session for some questions.

        Args:
            database: Its full name.

        Raises:
            PostgresError: The server does not answer, or refuses.
        """
        with self._lock:
            kept = self._kept.setdefault(database, Kept())
        with _borrow(kept, self._server, database) as connection:
            connection.prepare_threshold = 0
            yield connection

    def end(self, *databases: str) -> None:
        """Ends those on some databases, which nobody may be connected to now."""
        with self._lock:
            ended = [kept for database in databases if (kept := self._kept.pop(database, None)) is not None]
        for kept in ended:
            kept.close()

    def close(self) -> None:
        """Ends all of them."""
        self.end(*self._kept)


@contextlib.contextmanager
def _borrow(kept: Kept, server: Server, database: str | None) -> Iterator[psycopg.Connection[Any]]:
    connection = kept.take() or connect(server, database)
    try:
        yield connection
    except BaseException:
        connection.close()  # in whatever state it is
        raise
    kept.give_back(connection)
