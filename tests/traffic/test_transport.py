"""A journey's requests reach the replica that the plan chose, each on a connection of its own, and are kept."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import threading
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import httpx
import pytest

from harness.secrets import Redactor
from harness.traffic.transport import Clients

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSWORD = "rosebud-and-more"


@dataclass
class Server:
    """A server that keeps its connections open where it may, and remembers who asked what."""

    name: str
    heads: list[dict[str, str]] = field(default_factory=list)
    clients: list[int] = field(default_factory=list)
    body: bytes = b"{}"
    encoding: str = ""
    cookie: str = ""
    status: int = 200
    port: int = 0

    def run(self) -> Iterator[Server]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                server.heads.append(dict(self.headers))
                server.clients.append(self.client_address[1])
                if server.status == 0:
                    self.close_connection = True
                    return
                self.send_response(server.status)
                self.send_header("Content-Length", str(len(server.body)))
                self.send_header("Location", "/elsewhere")
                if server.encoding:
                    self.send_header("Content-Encoding", server.encoding)
                self.send_header("Set-Cookie", server.cookie or f"seen={len(server.heads)}; Path=/; HttpOnly")
                self.end_headers()
                self.wfile.write(server.body)

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.do_GET()

            def log_message(self, *_: object) -> None:
                """Nothing goes to the tests' output."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
            self.port = httpd.server_address[1]
            thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            yield self
            httpd.shutdown()
            thread.join()


@pytest.fixture
def one() -> Iterator[Server]:
    yield from Server("one").run()


@pytest.fixture
def two() -> Iterator[Server]:
    yield from Server("two").run()


@pytest.fixture
def clients() -> Clients:
    return Clients(Redactor([PASSWORD]), 2.0, threading.Lock())


def test_each_request_has_a_connection_of_its_own(clients: Clients, one: Server) -> None:
    client, route = clients.sync_client()
    route.point_to("old-1", "127.0.0.1", one.port)
    with client:
        for _ in range(3):
            client.get("/a")
    assert len(set(one.clients)) == 3
    assert {head["Connection"] for head in one.heads} == {"close"}


def test_the_route_chooses_who_answers_and_the_host_stays(clients: Clients, one: Server, two: Server) -> None:
    client, route = clients.sync_client()
    with client:
        route.point_to("old-1", "127.0.0.1", one.port)
        client.get("/a")
        route.point_to("new-1", "127.0.0.1", two.port)
        client.get("/b")
        client.get("https://shop.example.com:8443/c?x=1")
    assert (len(one.heads), len(two.heads)) == (1, 2)
    assert [head["Host"] for head in one.heads + two.heads] == ["localhost", "localhost", "shop.example.com:8443"]
    assert [(e.replica, e.path) for e in route.take()] == [("old-1", "/a"), ("new-1", "/b"), ("new-1", "/c?x=1")]
    assert route.take() == ()


def test_an_exchange_is_kept_with_both_bodies(clients: Clients, one: Server) -> None:
    one.body, one.status = b'{"id": 1}', 503
    client, route = clients.sync_client()
    route.point_to("old-1", "127.0.0.1", one.port)
    with client:
        assert client.post("/orders?x=1", json={"sku": "A"}).json() == {"id": 1}
    [exchange] = route.take()
    assert (exchange.method, exchange.path, exchange.status) == ("POST", "/orders?x=1", 503)
    assert (exchange.request, exchange.response) == ('{"sku":"A"}', '{"id": 1}')
    assert 0 < exchange.duration_s < 2


def test_a_redirect_is_two_exchanges_with_one_replica(clients: Clients, one: Server) -> None:
    one.status = 302
    client, route = clients.sync_client()
    route.point_to("old-1", "127.0.0.1", one.port)
    with client, pytest.raises(httpx.TooManyRedirects):
        client.get("/a", follow_redirects=True)
    assert [exchange.path for exchange in route.take()][:2] == ["/a", "/elsewhere"]


def test_bodies_are_shortened_and_never_break(clients: Clients, one: Server) -> None:
    one.body = b"\xff" + b"x" * 5000
    client, route = clients.sync_client()
    route.point_to("old-1", "127.0.0.1", one.port)
    with client:
        assert len(client.get("/a").content) == 5001
    [exchange] = route.take()
    assert len(exchange.response) < 2100
    assert exchange.response.endswith("... (5001 bytes)")


def test_a_secret_across_the_end_of_what_is_kept_is_not_told(clients: Clients, one: Server) -> None:
    one.body = b"x" * (2000 - len(PASSWORD) + 4) + PASSWORD.encode()
    client, route = clients.sync_client()
    route.point_to("old-1", "127.0.0.1", one.port)
    with client:
        client.get("/a")
    [exchange] = route.take()
    assert PASSWORD[:8] not in exchange.response


def test_secrets_are_taken_out(clients: Clients, one: Server) -> None:
    one.body = json.dumps({"database": f"postgresql://u:{PASSWORD}@h/d", "api_key": "abc123", "kept": "yes"}).encode()
    client, route = clients.sync_client()
    route.point_to("old-1", "127.0.0.1", one.port)
    with client:
        answer = client.post(f"/login?token={PASSWORD}&page=2", json={"password": "hunter2", "name": "Ada"})
    assert PASSWORD in answer.text
    [exchange] = route.take()
    kept = f"{exchange.path} {exchange.request} {exchange.response}"
    assert all(secret not in kept for secret in (PASSWORD, "abc123", "hunter2"))
    assert all(word in kept for word in ("page=2", "Ada", "yes", "***"))


@pytest.mark.parametrize("status", [None, 0], ids=["nobody listens", "closed without an answer"])
def test_an_answer_that_does_not_come_is_an_exchange_too(clients: Clients, one: Server, status: int | None) -> None:
    one.status = 0
    client, route = clients.sync_client()
    route.point_to("old-1", "127.0.0.1", 1 if status is None else one.port)
    expected = "ConnectError" if status is None else "RemoteProtocolError"
    with client, pytest.raises(httpx.TransportError):
        client.get("/a")
    [exchange] = route.take()
    assert (exchange.replica, exchange.status) == ("old-1", None)
    assert exchange.response.startswith(f"{expected}: ")


def test_a_streamed_request_is_sent_and_kept(clients: Clients, one: Server) -> None:
    client, route = clients.sync_client()
    route.point_to("old-1", "127.0.0.1", one.port)
    with client:
        client.post("/a", content=iter([b"ab"]), headers={"Content-Length": "2"})
    [exchange] = route.take()
    assert (exchange.request, exchange.status) == ("ab", 200)


def test_an_answer_that_takes_too_long() -> None:
    clients = Clients(Redactor(), 0.1, threading.Lock())
    client, route = clients.sync_client()
    with client, socket.create_server(("127.0.0.1", 0)) as silent:
        route.point_to("old-1", "127.0.0.1", silent.getsockname()[1])
        with pytest.raises(httpx.ReadTimeout):
            client.get("/a")
    [exchange] = route.take()
    assert (exchange.status, exchange.response) == (None, "ReadTimeout: timed out")
    assert 0.1 <= exchange.duration_s < 2


def test_cookies_belong_to_one_copy(clients: Clients, one: Server) -> None:
    first, route = clients.sync_client()
    second, other = clients.sync_client()
    for each in (route, other):
        each.point_to("old-1", "127.0.0.1", one.port)
    with first, second:
        first.cookies.set("session", "1")
        first.get("/a")
        second.get("/a")
    assert ["Cookie" in head for head in one.heads] == [True, False]


def test_a_cookie_of_one_replica_goes_back_to_every_other(clients: Clients, one: Server, two: Server) -> None:
    """As a browser does behind a load balancer: both are the same host to it."""
    client, route = clients.sync_client()
    with client:
        for name, server in (("old-1", one), ("new-1", two)):
            route.point_to(name, "127.0.0.1", server.port)
            answer = client.get("/a")
    assert [head.get("Cookie") for head in one.heads + two.heads] == [None, "seen=1"]
    assert answer.url == "http://localhost/a"


@pytest.mark.parametrize("base", ["http://localhost", "https://localhost"])
def test_a_secure_cookie_goes_back_to_who_says_https(clients: Clients, one: Server, base: str) -> None:
    one.cookie = "session=1; Secure"
    client, route = clients.sync_client()
    client.base_url = httpx.URL(base)
    route.point_to("old-1", "127.0.0.1", one.port)
    with client:
        client.get("/a")
        client.get("/a")
    assert one.heads[1].get("Cookie") == ("session=1" if base.startswith("https") else None)


def test_a_cookie_goes_back_from_an_asynchronous_client_too(clients: Clients, one: Server) -> None:
    client, route = clients.async_client()
    route.point_to("old-1", "127.0.0.1", one.port)

    async def talk() -> httpx.Response:
        async with client:
            await client.get("/a")
            answer = await client.get("/a")
        await clients.aclose()
        return answer

    answer = asyncio.run(talk())
    assert [head.get("Cookie") for head in one.heads] == [None, "seen=1"]
    assert str(answer.url) == "http://localhost/a"
    assert answer.elapsed > timedelta(0)
    assert {head["Connection"] for head in one.heads} == {"close"}


def test_an_answer_says_how_long_it_took(clients: Clients, one: Server) -> None:
    client, route = clients.sync_client()
    route.point_to("old-1", "127.0.0.1", one.port)
    with client:
        answer = client.get("/a")
    [exchange] = route.take()
    assert answer.elapsed.total_seconds() == pytest.approx(exchange.duration_s, abs=0.1)


def test_a_stream_is_read_as_the_journey_wants(clients: Clients, one: Server) -> None:
    one.body = gzip.compress(b"one\ntwo\n", mtime=0)
    one.encoding = "gzip"
    client, route = clients.sync_client()
    route.point_to("old-1", "127.0.0.1", one.port)
    with client:
        with client.stream("GET", "/a") as raw:
            assert b"".join(raw.iter_raw()) == one.body
        with client.stream("GET", "/a") as lines:
            with pytest.raises(httpx.ResponseNotRead):
                _ = lines.text
            assert list(lines.iter_lines()) == ["one", "two"]
            assert lines.num_bytes_downloaded == len(one.body)
    assert [exchange.response for exchange in route.take()] == ["one\ntwo\n"] * 2


@pytest.mark.parametrize("kind", ["plain", "async"])
def test_an_answer_that_cannot_be_decoded_is_kept_too(clients: Clients, one: Server, kind: str) -> None:
    one.body, one.encoding = b"no gzip", "gzip"
    client, route = clients.async_client() if kind == "async" else clients.sync_client()
    route.point_to("old-1", "127.0.0.1", one.port)

    async def talk() -> None:
        answer = client.get("/a")
        if not isinstance(answer, httpx.Response):
            await answer
            await clients.aclose()

    with pytest.raises(httpx.DecodingError):
        asyncio.run(talk())
    [exchange] = route.take()
    assert (exchange.status, exchange.response[:14]) == (200, "DecodingError:")


def test_an_asynchronous_upload_is_kept_as_it_was_sent(clients: Clients, one: Server) -> None:
    client, route = clients.async_client()
    route.point_to("old-1", "127.0.0.1", one.port)

    async def talk() -> None:
        async with client:
            await client.post("/a", files={"badge": ("a.txt", b"Ada")})
        await clients.aclose()

    asyncio.run(talk())
    [exchange] = route.take()
    assert "Ada" in exchange.request
    assert clients.sample is not None
    assert b"Ada" in clients.sample.body


@pytest.mark.parametrize(("status", "is_kept"), [(200, True), (303, True), (409, False), (500, False)])
def test_a_form_that_leads_to_another_page_is_a_request_to_try_again(
    clients: Clients, one: Server, status: int, is_kept: bool
) -> None:
    client, route = clients.sync_client()
    route.point_to("old-1", "127.0.0.1", one.port)
    one.status = status
    with client:
        client.post("/a", data={"name": "Ada"}, follow_redirects=False)
    assert (clients.sample is not None) == is_kept


def test_proxies_and_netrc_are_ignored(clients: Clients, one: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    client, route = clients.sync_client()
    route.point_to("old-1", "127.0.0.1", one.port)
    with client:
        assert client.get("/a").status_code == 200


def test_the_asynchronous_client_does_the_same(clients: Clients, one: Server) -> None:
    client, route = clients.async_client()

    async def talk() -> None:
        route.point_to("old-1", "127.0.0.1", one.port)
        async with client:
            await client.get("/a")
            assert (await client.post("/b", json={"password": "hunter2"})).status_code == 200
            route.point_to("old-2", "127.0.0.1", 1)
            with pytest.raises(httpx.ConnectError):
                await client.get("/c")
        await clients.aclose()

    asyncio.run(talk())
    assert len(set(one.clients)) == 2
    kept = [(e.replica, e.path, e.status) for e in route.take()]
    assert kept == [("old-1", "/a", 200), ("old-1", "/b", 200), ("old-2", "/c", None)]
    assert {head["Host"] for head in one.heads} == {"localhost"}
