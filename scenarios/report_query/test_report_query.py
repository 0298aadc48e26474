"""What customers do; the report is asked for by somebody else."""

from collections.abc import Iterator

import httpx

from harness import journey


@journey
def a_ticket_is_kept(client: httpx.Client) -> Iterator[None]:
    bought = client.post("/tickets", json={"event": "concert", "cents": 3500}).raise_for_status().json()
    while True:
        yield
        assert client.get(f"/tickets/{bought['id']}").raise_for_status().json() == bought
