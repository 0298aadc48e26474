"""In place of a network: a function answers every request, of either kind of client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

from harness.traffic import transport

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest


def answer_with(monkeypatch: pytest.MonkeyPatch, respond: Callable[[httpx.Request], httpx.Response]) -> None:
    """Has all requests answered by a function, which sees in the URL to which address they go."""

    def send(request: httpx.Request, address: tuple[str, int]) -> tuple[httpx.Response, bytes]:
        url = request.url.copy_with(host=address[0], port=address[1])
        answer = respond(httpx.Request(request.method, url, headers=request.headers, content=request.read()))
        return answer, answer.content

    def make(**_: Any) -> httpx.MockTransport:
        return httpx.MockTransport(respond)

    monkeypatch.setattr(transport, "send", send)
    monkeypatch.setattr(httpx, "AsyncHTTPTransport", make)
