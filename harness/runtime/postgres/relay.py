"""Stands between a program and PostgreSQL, and has the program killed where something that it does comes to last.

So a migration can be killed at a chosen point whoever makes it, in whatever language: the point is counted in what the
program says to the server, and does not depend on time.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Self

from harness.runtime.ports import HOST
from harness.runtime.postgres.conversation import Conversation

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from harness.runtime.postgres.server import Server

#: What a client may ask for before anything else (manual, "Message Formats").
_TLS, _GSS = 80_877_103, 80_877_104
_CONNECT_TIMEOUT_S = 10.0
#: A server whose client is gone rolls back and ends the session within milliseconds, unless it is in a long statement.
_END_S = 5.0
_CHUNK = 65_536


class Relay:
    """A context manager: listens for one program, and hands on what it and the server say, up to a point.

    The points are where a transaction that may leave something is about to be committed, and where something has been
    committed. At the chosen one nothing more is handed on.

    Args:
        server: Where it leads; one that takes connections without TLS.
        point: Which point, from 1.
    """

    def __init__(self, server: Server, point: int) -> None:
        self._server = (server.host, server.port)
        self._left = point
        self._lock = threading.Lock()
        self._reached = threading.Event()
        self._clients: list[socket.socket] = []
        self._servers: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._kill: Future[Callable[[], None]] = Future()

    def __enter__(self) -> Self:
        self._listener = socket.create_server((HOST, 0))
        self._start(self._listen)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends all sessions, and waits until the server has."""
        self._kill.cancel()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._threads[0].join()  # nobody comes any more
        for client in self._clients:
            _hang_up(client, socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(_END_S)
        for each in (*self._clients, *self._servers):
            each.close()

    @property
    def address(self) -> tuple[str, int]:
        """Host and port for the program."""
        host, port = self._listener.getsockname()
        return str(host), int(port)

    @property
    def reached(self) -> bool:
        """Whether the program came to the point."""
        return self._reached.is_set()

    def kill_by(self, kill: Callable[[], None]) -> None:
        """Says how the program is killed; until then it waits at the point."""
        self._kill.set_result(kill)

    def _start(self, run: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=run, args=arguments, name="relay", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):  # closed from outside
            while True:
                client = _undelayed(self._listener.accept()[0])
                self._clients.append(client)
                self._start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        """One session, from the client's side."""
        with contextlib.suppress(OSError, EOFError):
            opening = _read_opening(client)
            server = _undelayed(socket.create_connection(self._server, _CONNECT_TIMEOUT_S))
            server.settimeout(None)
            self._servers.append(server)
            server.sendall(opening)
            conversation, lock = Conversation(), threading.Lock()
            self._start(self._answer, server, client, conversation, lock)
            try:
                self._hand_on(client, server, conversation.says, lock)
            finally:
                _hang_up(server)
        _hang_up(client)

    def _answer(
        self, server: socket.socket, client: socket.socket, conversation: Conversation, lock: threading.Lock
    ) -> None:
        """The same session, from the server's side."""
        with contextlib.suppress(OSError, EOFError):
            try:
                self._hand_on(server, client, conversation.hears, lock)
            finally:
                _hang_up(client)
                while server.recv(_CHUNK):  # until the server has ended the session
                    pass

    def _hand_on(
        self,
        source: socket.socket,
        target: socket.socket,
        follow: Callable[[bytes, bytes], bool],
        lock: threading.Lock,
    ) -> None:
        """Hands on each message whole, until one side hangs up or the point is reached."""
        while True:
            head = _read(source, 5)
            body = _read(source, _length(head[1:]) - 4)
            with lock:
                is_point = follow(head[:1], body)
            if self._reached.is_set() or (is_point and self._count()):
                return
            target.sendall(head + body)

    def _count(self) -> bool:
        """Whether this is the point; then the program is dead."""
        with self._lock:
            self._left -= 1
            if self._left:
                return False
        self._reached.set()
        with contextlib.suppress(Exception):  # cancelled: nobody wants it killed any more
            self._kill.result()()
        return True


def _read_opening(client: socket.socket) -> bytes:
    """The message that opens a session or cancels a statement, behind those that ask for encryption, which is refused.

    Raises:
        EOFError: The client hung up.
    """
    while True:
        length = _read(client, 4)
        body = _read(client, _length(length) - 4)
        if struct.unpack("!I", body[:4])[0] not in {_TLS, _GSS}:
            return length + body
        client.sendall(b"N")


def _length(field: bytes) -> int:
    length = int(struct.unpack("!I", field)[0])
    if length < 4:  # noqa: PLR2004  it counts itself
        raise EOFError
    return length


def _read(source: socket.socket, count: int) -> bytes:
    parts = []
    while count:
        part = source.recv(min(count, _CHUNK))
        if not part:
            raise EOFError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _undelayed(made: socket.socket) -> socket.socket:
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def _hang_up(one: socket.socket, how: int = socket.SHUT_WR) -> None:
    """Says that nothing more comes; what the other side still says can be read."""
    with contextlib.suppress(OSError):
        one.shutdown(how)
