"""A request of which half is sent: who answers it when the rest comes, and who does not."""

from __future__ import annotations

import http.server
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from harness.traffic.held import HeldRequest, Sample

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLE = Sample(method="POST", target="/orders?x=1", headers={"Host": "localhost"}, body=b"0123456789", line="POST /o")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    begun = threading.Event()

    def do_POST(self) -> None:
        self.begun.set()
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(201 if body == SAMPLE.body and self.path == SAMPLE.target else 400)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


class OldHandler(Handler):
    protocol_version = "HTTP/1.0"  # never says that it goes on


@pytest.fixture(params=[Handler, OldHandler], ids=["HTTP/1.1", "HTTP/1.0"])
def address(request: pytest.FixtureRequest) -> Iterator[tuple[str, int]]:
    Handler.begun.clear()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), request.param) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield ("127.0.0.1", server.server_port)
        server.shutdown()


def test_the_server_has_begun_with_it_and_answers_once_the_rest_is_there(address: tuple[str, int]) -> None:
    held = HeldRequest(SAMPLE, address, 5.0)
    assert Handler.begun.wait(5)
    assert held.finish() == 201


def test_whoever_closes_the_connection_has_lost_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        held_address = server.getsockname()

        def hang_up() -> None:
            connection, _ = server.accept()
            connection.recv(10)
            connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        held = HeldRequest(SAMPLE, held_address, 5.0)
        thread.join()
        assert held.finish() is None


def test_whoever_never_answers_has_lost_it_when_the_time_is_over() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert HeldRequest(SAMPLE, server.getsockname(), 0.1).finish() is None


def test_where_nobody_listens_there_is_nothing_to_hold() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
    with pytest.raises(OSError):  # noqa: PT011  refused or reset, as the machine has it
        HeldRequest(SAMPLE, address, 0.1)
