"""What customers do; none of them looks at the screen in the office."""

from collections.abc import Iterator

import httpx

from harness import journey


@journey
def an_order_is_kept(client: httpx.Client) -> Iterator[None]:
    placed = client.post("/orders", json={"item": "tea"}).raise_for_status().json()
    while True:
        yield
        assert client.get(f"/orders/{placed['id']}").raise_for_status().json() == placed
