"""Sessions of the administrating role that are kept between uses: a new one costs more than most of what it does."""

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
    connection = server.kept.take() or connect(server)
    try:
        yield connection
    except BaseException:
        connection.close()  # in whatever state it is
        raise
    server.kept.give_back(connection)
