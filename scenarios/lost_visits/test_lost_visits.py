"""What visitors' browsers send; they look at nothing but the answer."""

from collections.abc import Iterator

import httpx

from harness import journey


@journey
def a_page_is_visited(client: httpx.Client) -> Iterator[None]:
    while True:
        client.post("/visits", json={"page": "/tea"}).raise_for_status()
        yield


@journey
def a_page_is_rated(client: httpx.Client) -> Iterator[None]:
    while True:
        client.post("/ratings", json={"page": "/tea", "stars": 5, "visitor": "Ada"}).raise_for_status()
        yield
