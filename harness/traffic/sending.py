"""Sends one request over a connection of its own.

By the standard library: httpx's own transport keeps connections for later, which nobody here wants, and took a third of
the processor time of a rehearsal. Errors are told as httpx tells them.
"""

from __future__ import annotations

import contextlib
import http.client
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator


def send(request: httpx.Request, address: tuple[str, int]) -> httpx.Response:
    """Sends a request, and reads the whole answer.

    A server closes keep-alive after an error, and the next request on that connection would be reset for no fault of
    the application; so no connection is used twice.

    Args:
        request: Its URL says what is asked for; with the seconds that each part may take, as httpx notes them.
        address: Host and port of the server, whatever the URL says.

    Raises:
        httpx.TransportError: No answer came, or none that can be read.
    """
    timeout, content = request.extensions.get("timeout", {}), request.read()
    connection = http.client.HTTPConnection(*address, timeout=timeout.get("connect"))
    try:
        with _told_as(httpx.ConnectError, httpx.ConnectTimeout):
            connection.connect()
        # As httpx has it: a server may answer, and refuse, before it has read everything.
        with contextlib.suppress(httpx.WriteError), _told_as(httpx.WriteError, httpx.WriteTimeout):
            connection.sock.settimeout(timeout.get("write"))
            _write(connection, request, content)
        with _told_as(httpx.ReadError, httpx.ReadTimeout):
            connection.sock.settimeout(timeout.get("read"))
            answer = connection.getresponse()
            body = answer.read()
    finally:
        connection.close()
    headers = [(key.encode("latin-1"), value.encode("latin-1")) for key, value in answer.getheaders()]
    return httpx.Response(answer.status, headers=headers, content=body, request=request)


def _write(connection: http.client.HTTPConnection, request: httpx.Request, content: bytes) -> None:
    target = request.url.raw_path.decode("ascii")
    connection.putrequest(request.method, target, skip_host=True, skip_accept_encoding=True)
    for key, value in request.headers.raw:
        if key.lower() != b"connection":
            connection.putheader(key, value)
    connection.putheader("Connection", "close")
    connection.endheaders(content or None, encode_chunked="Transfer-Encoding" in request.headers)


@contextlib.contextmanager
def _told_as(error: type[httpx.NetworkError], timeout: type[httpx.TimeoutException]) -> Iterator[None]:
    try:
        yield
    except TimeoutError as late:
        raise timeout(str(late)) from late
    except http.client.RemoteDisconnected as gone:
        raise httpx.RemoteProtocolError("Server disconnected without sending a response.") from gone
    except http.client.IncompleteRead as part:
        missing = f" (received {len(part.partial)} bytes)"
        raise httpx.RemoteProtocolError(
            f"peer closed connection without sending complete message body{missing}"
        ) from part
    except ValueError as refused:
        raise httpx.LocalProtocolError(str(refused)) from refused
    except http.client.HTTPException as wrong:
        raise httpx.RemoteProtocolError(f"{type(wrong).__name__}: {wrong}".rstrip(": ")) from wrong
    except OSError as failed:
        raise error(str(failed)) from failed
