"""Sends a journey's requests to the replica that the plan chose, and records every exchange.

Beside HTTP, a journey's client reaches the database and the environment of that replica.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, cast

import httpx

from harness.runtime.waiting import now
from harness.traffic.held import Sample
from harness.traffic.route import Route, describe
from harness.traffic.sending import say_endless, send

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from subprocess import CompletedProcess

    from harness.traffic.route import Inside

#: What ``client`` is called by the applications: a name that every list of allowed hosts has.
BASE_URL = "http://localhost"
#: Every request has a connection of its own, as in :func:`send`.
_FRESH = httpx.Limits(max_connections=100, max_keepalive_connections=0)
#: Of a request that is sent once more, these say how its body was sent the first time.
_FRAMING = frozenset({"connection", "content-length", "expect", "transfer-encoding"})


def _readdressed(route: Route, request: httpx.Request) -> httpx.Request:
    """A request as it goes to the replica.

    The journey's own keeps its URL: cookies are sent back to the host that they came from.
    """
    headers = httpx.Headers(request.headers)
    headers["Connection"] = "close"
    return httpx.Request(
        request.method,
        request.url.copy_with(scheme="http", host=route.host, port=route.port),
        headers=headers,
        stream=request.stream,
        extensions=request.extensions,
    )


def _answered(route: Route, request: httpx.Request, began: float, response: httpx.Response, body: bytes) -> None:
    """Keeps an exchange as evidence: its content, which the journey decodes for itself, or not."""
    if "Content-Encoding" in response.headers:
        try:
            body = httpx.Response(200, headers=response.headers, content=body).content
        except httpx.DecodingError as error:
            body = describe(error)
    _record(route, request, began, response.status_code, body)


def _record(route: Route, request: httpx.Request, began: float, status: int | None, body: bytes) -> None:
    target = request.url.raw_path.decode("ascii", "replace")
    path, sent = route.redact(target), request.content
    # Whoever sends a form is led to another page.
    if status is not None and (httpx.codes.is_success(status) or httpx.codes.is_redirect(status)) and sent:
        headers = {key: value for key, value in request.headers.items() if key.lower() not in _FRAMING}
        line = f"{request.method} {path}"
        route.keep(Sample(method=request.method, target=target, headers=headers, body=sent, line=line))
    elif status is not None and httpx.codes.is_success(status) and request.method == "GET":
        route.reads[target] = {key: value for key, value in request.headers.items() if key.lower() not in _FRAMING}
    route.note(request.method, path, sent, began=began, status=status, body=body)


class SyncTransport(httpx.BaseTransport):
    """For journeys that are plain generators."""

    def __init__(self, route: Route) -> None:
        self._route = route

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Sends one request."""
        self._route.go_on()
        request.read()  # a stream is the journey's code, too, which runs in its turn
        began = now()
        try:
            with self._route.awaiting():
                response, body = send(request, (self._route.host, self._route.port))
        except httpx.TransportError as error:
            _record(self._route, request, began, None, describe(error))
            raise
        _answered(self._route, request, began, response, body)
        return response


class AsyncTransport(httpx.AsyncBaseTransport):
    """For journeys that are asynchronous generators."""

    def __init__(self, route: Route, inner: httpx.AsyncHTTPTransport) -> None:
        self._route = route
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends one request."""
        self._route.go_on()
        await request.aread()
        began = now()
        try:
            response, body = await self._send(_readdressed(self._route, request))
        except httpx.TransportError as error:
            _record(self._route, request, began, None, describe(error))
            raise
        _answered(self._route, request, began, response, body)
        return response

    async def _send(self, request: httpx.Request) -> tuple[httpx.Response, bytes]:
        """As :func:`send`."""
        within_s = request.extensions.get("timeout", {}).get("read")
        response = await self._inner.handle_async_request(request)
        try:
            async with asyncio.timeout(within_s):
                body = b"".join([part async for part in cast("httpx.AsyncByteStream", response.stream)])
        except TimeoutError as late:
            raise httpx.ReadTimeout(say_endless(within_s)) from late
        finally:
            await response.aclose()
        stream = httpx.ByteStream(body)
        copied = httpx.Response(response.status_code, headers=response.headers, stream=stream)
        copied.extensions = {k: v for k, v in response.extensions.items() if k != "network_stream"}
        return copied, body


class Client(httpx.Client):
    """An HTTP client that reaches the database and the environment of the replica too.

    Args:
        route: Where requests go.
        given: As for ``httpx.Client``.
    """

    def __init__(self, route: Route, **given: Any) -> None:
        super().__init__(**given)
        self._route = route

    def sql(self, statement: str, parameters: Sequence[object] | Mapping[str, object] = ()) -> list[dict[str, Any]]:
        """Runs one statement on the database, in a transaction of its own, as the role that the replica acts as.

        Args:
            statement: With psycopg's placeholders ``%s`` or ``%(name)s`` where there are parameters.
            parameters: Their values.

        Returns:
            The rows, by column; none where the statement gives none.

        Raises:
            psycopg.Error: PostgreSQL refuses it.
        """
        return self._route.sql(statement, parameters)

    def run(self, command: str | list[str]) -> CompletedProcess[str]:
        """Runs a command to its end in the folder and with the environment of the replica.

        Args:
            command: A command line, split as a shell would, or its words.

        Returns:
            With ``returncode``, ``stdout`` and ``stderr``. As a 5xx, another status than 0 fails the journey.

        Raises:
            subprocess.TimeoutExpired: It took too long.
        """
        return self._route.run(command)


class AsyncClient(httpx.AsyncClient):
    """The same for asynchronous journeys.

    Args:
        route: Where requests go.
        given: As for ``httpx.AsyncClient``.
    """

    def __init__(self, route: Route, **given: Any) -> None:
        super().__init__(**given)
        self._route = route

    async def sql(
        self, statement: str, parameters: Sequence[object] | Mapping[str, object] = ()
    ) -> list[dict[str, Any]]:
        """As :meth:`Client.sql`."""
        return await asyncio.to_thread(self._route.sql, statement, parameters)

    async def run(self, command: str | list[str]) -> CompletedProcess[str]:
        """As :meth:`Client.run`."""
        return await asyncio.to_thread(self._route.run, command)


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
        self.inside: Inside | None = None
        # Replicas are reached over plain HTTP on the loopback interface; verifying nothing saves loading certificates.
        self._async = httpx.AsyncHTTPTransport(verify=False, limits=_FRESH, trust_env=False)

    def sync_client(self, route: Route | None = None) -> tuple[Client, Route]:
        """A client with cookies of its own, and its route.

        Args:
            route: One of the caller's own; None makes one.
        """
        route = route or Route(self._redact, self._halted, self._keep, self._turn, self.inside)
        client = Client(
            route,
            base_url=BASE_URL,
            transport=SyncTransport(route),
            timeout=self._timeout,
            trust_env=False,
        )
        return client, route

    def async_client(self, route: Route | None = None) -> tuple[AsyncClient, Route]:
        """The same for asynchronous journeys."""
        route = route or Route(self._redact, self._halted, self._keep, inside=self.inside)
        client = AsyncClient(
            route,
            base_url=BASE_URL,
            transport=AsyncTransport(route, self._async),
            timeout=self._timeout,
            trust_env=False,
        )
        return client, route

    def read(self, address: tuple[str, int], target: str, headers: Mapping[str, str]) -> tuple[int | None, str]:
        """Asks once more for what a journey has read.

        Args:
            address: Host and port.
            target: Path and query.
            headers: As the journey sent them.

        Returns:
            Status, or None where no answer came, and body.
        """
        extensions = {"timeout": self._timeout.as_dict()}
        request = httpx.Request("GET", f"{BASE_URL}{target}", headers=headers, extensions=extensions)
        try:
            response, _ = send(request, address)
            return response.status_code, response.read().decode("utf-8", "replace")
        except (httpx.TransportError, httpx.DecodingError) as error:
            return None, describe(error).decode()

    def _keep(self, sample: Sample) -> None:
        self.sample = sample

    def halt(self) -> None:
        """Lets no more requests out; those that are under way come to their end."""
        self._halted.set()

    async def aclose(self) -> None:
        """Frees what asynchronous clients share."""
        await self._async.aclose()
