"""What the post office does."""

from collections.abc import Iterator

import httpx

from harness import journey


@journey
def a_parcel_is_kept(client: httpx.Client) -> Iterator[None]:
    made = client.post("/parcels", json={"label": "fragile"}).raise_for_status().json()
    while True:
        yield
        found = client.get(f"/parcels/{made['id']}").raise_for_status().json()
        assert found["label"] == "fragile"
