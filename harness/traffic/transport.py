"""Sends a journey's requests to the replica that the plan chose, and records every exchange.

The one module that knows httpx.
"""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

import httpx

from harness.model.events import Exchange
from harness.runtime.waiting import now
from harness.traffic.held import Sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: What ``client`` is called by the applications: a name that every list of allowed hosts has.
BASE_URL = "http://localhost"
#: A server closes keep-alive after an error, and the next request on that connection would be reset for no fault of
#: the application; so every request has a connection of its own.
_FRESH = httpx.Limits(max_connections=100, max_keepalive_connections=0)
#: Of a body, so much is kept as evidence.
_BODY_LENGTH = 2_000
#: Longer than any secret.
_MARGIN = 4_000
#: Of a request that is sent once more, these say how its body was sent the first time.
_FRAMING = frozenset({"connection", "content-length", "expect", "transfer-encoding"})


class Halted(Exception):  # noqa: N818  not an error
    """No more requests are sent: whoever asks for one is to come to an end."""


class Route:
    """Where the next requests go, and what they came to.

    Args:
        redact: Takes secrets out of bodies.
        halted: Set where no more requests are to be sent.
        keep: Gets every request with a body that was answered well.
        turn: Held by whoever runs a journey's code; let go while an answer is awaited.
    """

    def __init__(
        self,
        redact: Callable[[str], str],
        halted: threading.Event,
        keep: Callable[[Sample], None] = lambda _: None,
        turn: threading.Lock | None = None,
    ) -> None:
        self._redact = redact
        self._halted = halted
        self._keep = keep
        self._turn = turn
        self._thread: int | None = None
        self.replica = ""
        self.host = ""
        self.port = 0
        self.exchanges: list[Exchange] = []
        self.began = now()

    def point_to(self, replica: str, host: str, port: int) -> None:
        """Sends what follows to a replica."""
        self.replica, self.host, self.port = replica, host, port

    def begin(self) -> None:
        """Counts time from now on: an attempt begins, in this thread."""
        self._thread = threading.get_ident()
        self.began = now()

    def take(self) -> tuple[Exchange, ...]:
        """The exchanges since the last call."""
        taken, self.exchanges = tuple(self.exchanges), []
        return taken

    @contextlib.contextmanager
    def awaiting(self) -> Iterator[None]:
        """While an answer is awaited, another journey may run; a thread that a journey starts has no turn to give."""
        if self._turn is None or self._thread != threading.get_ident():
            yield
            return
        self._turn.release()
        try:
            yield
        finally:
            self._turn.acquire()

    def readdress(self, request: httpx.Request) -> None:
        """Puts the replica's address into a request; its Host header stays."""
        if self._halted.is_set():
            raise Halted
        request.url = request.url.copy_with(scheme="http", host=self.host, port=self.port)
        request.headers["Connection"] = "close"

    def record(self, request: httpx.Request, began: float, status: int | None, body: bytes) -> None:
        """Keeps an exchange as evidence."""
        target = request.url.raw_path.decode("ascii", "replace")
        path, sent = self._redact(target), _content(request)
        if status is not None and httpx.codes.is_success(status) and sent:
            headers = {key: value for key, value in request.headers.items() if key.lower() not in _FRAMING}
            line = f"{request.method} {path}"
            self._keep(Sample(method=request.method, target=target, headers=headers, body=sent, line=line))
        self.exchanges.append(
            Exchange(
                replica=self.replica,
                method=request.method,
                path=path,
                request=self._text(sent),
                status=status,
                response=self._text(body),
                duration_s=round(now() - began, 6),
                at_s=round(began - self.began, 6),
            )
        )

    def _text(self, body: bytes) -> str:
        # Cut after secrets are out: half of one across the cut would not be known for what it is.
        text = self._redact(body[: _BODY_LENGTH + _MARGIN].decode("utf-8", "replace"))
        return text if len(text) <= _BODY_LENGTH else f"{text[:_BODY_LENGTH]}... ({len(body)} bytes)"


class SyncTransport(httpx.BaseTransport):
    """For journeys that are plain generators."""

    def __init__(self, route: Route, inner: httpx.HTTPTransport) -> None:
        self._route = route
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Sends one request."""
        self._route.readdress(request)
        began = now()
        try:
            with self._route.awaiting():
                response = self._inner.handle_request(request)
                response.read()
        except httpx.TransportError as error:
            self._route.record(request, began, None, _describe(error))
            raise
        self._route.record(request, began, response.status_code, response.content)
        return response


class AsyncTransport(httpx.AsyncBaseTransport):
    """For journeys that are asynchronous generators."""

    def __init__(self, route: Route, inner: httpx.AsyncHTTPTransport) -> None:
        self._route = route
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends one request."""
        self._route.readdress(request)
        began = now()
        try:
            response = await self._inner.handle_async_request(request)
            await response.aread()
        except httpx.TransportError as error:
            self._route.record(request, began, None, _describe(error))
            raise
        self._route.record(request, began, response.status_code, response.content)
        return response


class Clients:
    """Makes the ``client`` of each copy; what is costly to make is shared.

    Args:
        redact: Takes secrets out of bodies.
        timeout_s: Seconds that one request may take.
        turn: Held by whoever runs a journey's code.
    """

    def __init__(self, redact: Callable[[str], str], timeout_s: float, turn: threading.Lock) -> None:
        self._redact = redact
        self._timeout = httpx.Timeout(timeout_s)
        self._turn = turn
        self._halted = threading.Event()
        self.sample: Sample | None = None
        # Replicas are reached over plain HTTP on the loopback interface; verifying nothing saves loading certificates.
        self._sync = httpx.HTTPTransport(verify=False, limits=_FRESH, trust_env=False)
        self._async = httpx.AsyncHTTPTransport(verify=False, limits=_FRESH, trust_env=False)

    def sync_client(self) -> tuple[httpx.Client, Route]:
        """A client with cookies of its own, and its route."""
        route = Route(self._redact, self._halted, self._keep, self._turn)
        client = httpx.Client(
            base_url=BASE_URL,
            transport=SyncTransport(route, self._sync),
            timeout=self._timeout,
            trust_env=False,
        )
        return client, route

    def async_client(self) -> tuple[httpx.AsyncClient, Route]:
        """The same for asynchronous journeys."""
        route = Route(self._redact, self._halted, self._keep)
        client = httpx.AsyncClient(
            base_url=BASE_URL,
            transport=AsyncTransport(route, self._async),
            timeout=self._timeout,
            trust_env=False,
        )
        return client, route

    def _keep(self, sample: Sample) -> None:
        self.sample = sample

    def halt(self) -> None:
        """Lets no more requests out; those that are under way come to their end."""
        self._halted.set()

    def close(self) -> None:
        """Frees what synchronous clients share."""
        self._sync.close()

    async def aclose(self) -> None:
        """Frees what asynchronous clients share."""
        await self._async.aclose()


def _content(request: httpx.Request) -> bytes:
    try:
        return request.content
    except httpx.RequestNotRead:
        return b"(a stream)"


def _describe(error: httpx.TransportError) -> bytes:
    return f"{type(error).__name__}: {error}".encode()
