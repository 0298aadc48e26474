"""Sends one request over a connection of its own.

With the parser that httpx itself uses, and nothing of its connection pool: no connection is used twice here. Errors are
told as httpx tells them.
"""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

import h11
import httpx

from harness.runtime.waiting import now

if TYPE_CHECKING:
    from collections.abc import Iterator

#: As much as httpx reads at once.
_CHUNK_BYTES = 65_536
#: Of headers; httpx has the same limit.
_MOST_HEADER_BYTES = 100 * 1024


def send(request: httpx.Request, address: tuple[str, int]) -> tuple[httpx.Response, bytes]:
    """Sends a request, and reads the whole answer.

    A server closes keep-alive after an error, and the next request on that connection would be reset for no fault of
    the application; so no connection is used twice.

    Args:
        request: Its URL says what is asked for; with the seconds that each part may take, as httpx notes them.
        address: Host and port of the server, whatever the URL says.

    Returns:
        The answer, unread as httpx hands it out, and its body, encoded as it came.

    Raises:
        httpx.TransportError: No answer came, or none that can be read, or it did not end in time.
    """
    timeout, content = request.extensions.get("timeout", {}), request.read()
    exchange = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MOST_HEADER_BYTES)
    with _told_as(httpx.WriteError, httpx.WriteTimeout):
        outgoing = _serialize(exchange, request, content)
    with _told_as(httpx.ConnectError, httpx.ConnectTimeout):
        connection = socket.create_connection(address, timeout.get("connect"))
    with connection:
        # As httpx has it: a server may answer, and refuse, before it has read everything.
        with contextlib.suppress(httpx.WriteError), _told_as(httpx.WriteError, httpx.WriteTimeout):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(timeout.get("write"))
            connection.sendall(outgoing)
        with _told_as(httpx.ReadError, httpx.ReadTimeout):
            head, body = _read(exchange, connection, timeout.get("read"))
    response = httpx.Response(
        head.status_code,
        headers=head.headers.raw_items(),
        stream=httpx.ByteStream(body),
        request=request,
        extensions={"http_version": b"HTTP/" + head.http_version, "reason_phrase": head.reason},
    )
    return response, body


def _serialize(exchange: h11.Connection, request: httpx.Request, content: bytes) -> bytes:
    headers = [(key, value) for key, value in request.headers.raw if key.lower() != b"connection"]
    headers.append((b"Connection", b"close"))
    parts: list[h11.Event] = [h11.Request(method=request.method, target=request.url.raw_path, headers=headers)]
    if content:
        parts.append(h11.Data(data=content))
    return b"".join(exchange.send(part) or b"" for part in [*parts, h11.EndOfMessage()])


def _read(exchange: h11.Connection, connection: socket.socket, within_s: float | None) -> tuple[h11.Response, bytes]:
    """The head of the answer, and all that comes behind it."""
    deadline = None if within_s is None else now() + within_s
    head: h11.Response | None = None
    body: list[bytes] = []
    while True:
        event = exchange.next_event()
        if event is h11.NEED_DATA:
            try:
                data = _receive(connection, deadline)
            except TimeoutError as late:
                if head is None or within_s is None:
                    raise
                raise httpx.ReadTimeout(say_endless(within_s)) from late
            if not data and exchange.their_state is h11.SEND_RESPONSE:
                raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
            exchange.receive_data(data)
        elif isinstance(event, h11.Response):
            head = event
        elif isinstance(event, h11.Data):
            body.append(bytes(event.data))
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            return head, b"".join(body)
        elif event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
            raise httpx.RemoteProtocolError("the server went over to another protocol, or away")


def _receive(connection: socket.socket, deadline: float | None) -> bytes:
    if deadline is not None:
        left_s = deadline - now()
        if left_s <= 0:
            raise TimeoutError("timed out")
        connection.settimeout(left_s)
    return connection.recv(_CHUNK_BYTES)


def say_endless(within_s: float) -> str:
    """Why no more is read of an answer."""
    return f"the answer had not ended after {within_s:g} s; answers are read to their ends"


@contextlib.contextmanager
def _told_as(error: type[httpx.NetworkError], timeout: type[httpx.TimeoutException]) -> Iterator[None]:
    try:
        yield
    except TimeoutError as late:
        raise timeout(str(late)) from late
    except OSError as failed:
        raise error(str(failed)) from failed
    except h11.LocalProtocolError as refused:
        raise httpx.LocalProtocolError(str(refused)) from refused
    except h11.RemoteProtocolError as wrong:
        raise httpx.RemoteProtocolError(str(wrong)) from wrong
