"""What whoever reads meters does."""

from collections.abc import Iterator

import httpx

from harness import journey


@journey
def a_meter_is_found(client: httpx.Client) -> Iterator[None]:
    made = client.post("/meters", json={"place": "cellar"}).raise_for_status().json()
    while True:
        yield
        found = client.get(f"/meters/{made['id']}").raise_for_status().json()
        assert found["place"] == "cellar"
