"""One request on a connection of its own: what is sent, what is read, and how each failure is told."""

from __future__ import annotations

import contextlib
import gzip
import re
import socket
import threading
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from harness.traffic.sending import send

if TYPE_CHECKING:
    from collections.abc import Iterator

WAIT_S = 5.0


@contextlib.contextmanager
def answering(*parts: bytes, hang: bool = False) -> Iterator[tuple[tuple[str, int], list[bytes]]]:
    """A server that answers one request with these bytes, and what it got; with ``hang`` it closes nothing."""
    got: list[bytes] = []
    done = threading.Event()

    def serve(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            got.append(b"")
            while b"\r\n\r\n" not in got[0] or (b"chunked" in got[0] and not got[0].endswith(b"0\r\n\r\n")):
                more = connection.recv(65_536)
                got[0] += more
                if not more:
                    return
            for part in parts:
                connection.sendall(part)
            if hang:
                done.wait(WAIT_S)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=(listening,))
        thread.start()
        yield listening.getsockname(), got
        done.set()
        thread.join()


def request(method: str = "GET", url: str = "http://shop.example/a?x=1", **given: Any) -> httpx.Request:
    return httpx.Request(method, url, extensions={"timeout": httpx.Timeout(0.2).as_dict()}, **given)


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


def test_the_path_goes_to_the_address_with_the_host_of_the_url() -> None:
    with answering(OK) as (address, got):
        answer, body = send(request(headers={"X-Name": "Zo\u00eb".encode()}), address)
    assert (answer.status_code, answer.read(), body) == (200, b"{}", b"{}")
    first, *lines = got[0].decode().split("\r\n")
    assert first == "GET /a?x=1 HTTP/1.1"
    assert {"Host: shop.example", "Connection: close", "X-Name: Zo\u00eb"} <= set(lines)
    assert sum(line.lower().startswith("connection:") for line in lines) == 1


def test_a_stream_is_sent_in_chunks() -> None:
    with answering(OK) as (address, got):
        send(request("POST", content=iter([b"ab", b"c"])), address)
    assert got[0].lower().split(b"\r\n\r\n", 1)[1] == b"3\r\nabc\r\n0\r\n\r\n"


def test_a_stream_of_nothing_has_an_end() -> None:
    with answering(OK) as (address, got):
        send(request("PUT", content=iter([])), address)
    assert got[0].endswith(b"\r\n\r\n0\r\n\r\n")


def test_an_answer_has_the_servers_own_reason() -> None:
    with answering(b"HTTP/1.0 299 Not Yet\r\n\r\n") as (address, _):
        answer, _ = send(request(), address)
    assert (answer.reason_phrase, answer.http_version) == ("Not Yet", "HTTP/1.0")


def test_an_answer_without_end_is_given_up() -> None:
    ended = threading.Event()

    def drip(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection, contextlib.suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while not ended.wait(0.02):
                connection.sendall(b"data: 1\n\n")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=drip, args=(listening,))
        thread.start()
        with pytest.raises(httpx.ReadTimeout, match=re.escape("the answer had not ended after 0.2 s")):
            send(request(), listening.getsockname())
        ended.set()
        thread.join()


@pytest.mark.parametrize(
    ("answer", "content"),
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", b"{}"),
        (b"HTTP/1.0 200 OK\r\n\r\n{}", b"{}"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, b"{}"),
        (b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + OK, b"{}"),
        (b"HTTP/1.1 200 OK\r\n" + b"X-A: 1\r\n" * 200 + b"Content-Length: 2\r\n\r\n{}", b"{}"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s"
            % (len(gzip.compress(b"{}", mtime=0)), gzip.compress(b"{}", mtime=0)),
            b"{}",
        ),
    ],
    ids=["chunked", "until it closes", "continue", "early hints", "many headers", "no content", "gzip"],
)
def test_every_kind_of_answer_is_read_to_its_end(answer: bytes, content: bytes) -> None:
    with answering(answer) as (address, _):
        received, _ = send(request(), address)
    assert received.read() == content


def test_headers_are_given_as_they_came() -> None:
    text = "HTTP/1.1 200 OK\r\nX-Name: Zo\u00eb\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n"
    with answering(text.encode()) as (address, _):
        headers = send(request(), address)[0].headers
    assert (headers["x-name"], headers.get_list("set-cookie")) == ("Zo\u00eb", ["a=1", "b=2"])


@pytest.mark.parametrize(
    ("parts", "hang", "error", "text"),
    [
        ((), False, httpx.RemoteProtocolError, "Server disconnected without sending a response."),
        ((), True, httpx.ReadTimeout, "timed out"),
        ((OK[:-1],), True, httpx.ReadTimeout, "the answer had not ended after 0.2 s"),
        ((OK[:-1],), False, httpx.RemoteProtocolError, "received 1 bytes, expected 2"),
        ((OK[:24],), False, httpx.RemoteProtocolError, "Server disconnected without sending a response."),
        ((b"SSH-2.0\r\n\r\n",), False, httpx.RemoteProtocolError, "illegal status line"),
    ],
    ids=["nothing", "silence", "half of it", "cut off", "cut off in its head", "another protocol"],
)
def test_an_answer_that_cannot_be_read_is_told_as_httpx_does(
    parts: tuple[bytes, ...], hang: bool, error: type[Exception], text: str
) -> None:
    with answering(*parts, hang=hang) as (address, _), pytest.raises(error, match=text):
        send(request(), address)


def test_what_is_wrong_with_a_body_is_told_as_it_is() -> None:
    def broken() -> Iterator[bytes]:
        yield b"ab"
        raise ValueError("no such row")

    with pytest.raises(ValueError, match="no such row"):
        send(request("POST", content=broken()), ("127.0.0.1", 1))


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = listening.getsockname()
    with pytest.raises(httpx.ConnectError, match="Connection refused"):
        send(request(), address)


def test_a_header_that_no_request_can_have() -> None:
    with pytest.raises(httpx.LocalProtocolError, match="Illegal header value"):
        send(request(headers={"X-Name": "a\nb"}), ("127.0.0.1", 1))
