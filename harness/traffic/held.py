"""A request that is held half-way: its head and half of its body are sent, and the rest only when somebody says so."""

from __future__ import annotations

import contextlib
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Within this a server says that it reads the body, if it says so at all (RFC 9110, section 10.1.1, "Expect").
_CONTINUE_S = 0.5
#: A head is no longer than this.
_HEAD_BYTES = 65_536


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A request with a body that was answered well, to be sent once more.

    Args:
        method: HTTP method.
        target: Path and query.
        headers: All but those that say how the body is sent.
        body: At least one byte.
        line: Method and path, secrets taken out.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    line: str


class HeldRequest:
    """A connection on which half of a request was sent.

    ``Expect: 100-continue`` has the server say when it has begun with it: before that, nothing is under way.

    Args:
        sample: What is sent.
        address: Host and port.
        timeout_s: Seconds that the answer may take once all is sent.

    Raises:
        OSError: Nobody takes the connection.
    """

    def __init__(self, sample: Sample, address: tuple[str, int], timeout_s: float) -> None:
        self.line = sample.line
        self._rest = sample.body[len(sample.body) // 2 :]
        headers = {**sample.headers, "Content-Length": str(len(sample.body)), "Expect": "100-continue"}
        head = [f"{sample.method} {sample.target} HTTP/1.1", *(f"{key}: {value}" for key, value in headers.items())]
        first = "\r\n".join([*head, "", ""]).encode("latin-1", "replace") + sample.body[: len(sample.body) // 2]
        self._timeout_s = timeout_s
        self._received = b""
        self._socket = socket.create_connection(address, timeout=timeout_s)
        with contextlib.suppress(OSError):
            self._socket.sendall(first)
            self._socket.settimeout(_CONTINUE_S)
            self._receive()

    def finish(self) -> int | None:
        """Sends the rest.

        Returns:
            The status of the response; None where none came.
        """
        try:
            self._socket.settimeout(self._timeout_s)
            self._socket.sendall(self._rest)
            while self._status() is None and self._receive():
                pass
            return self._status()
        except OSError:
            return None
        finally:
            self._socket.close()

    def _receive(self) -> bool:
        chunk = self._socket.recv(_HEAD_BYTES)
        self._received += chunk
        return bool(chunk)

    def _status(self) -> int | None:
        """The status of the final response, as far as it was received."""
        for line in self._received.split(b"\r\n"):
            words = line.split(b" ", 2)
            code = words[1] if words[0].startswith(b"HTTP/1.") and len(words) > 1 else b""
            if code.isdigit() and code[:1] != b"1":
                return int(code)
        return None
