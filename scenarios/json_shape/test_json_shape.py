"""What somebody does who keeps contacts."""

from collections.abc import Iterator

import httpx

from harness import journey

ADA = {"name": "Ada", "phone": "020 7946 0000", "theme": "dark"}


@journey
def a_telephone_is_found(client: httpx.Client) -> Iterator[None]:
    contact = client.post("/contacts", json=ADA).raise_for_status().json()
    while True:
        yield
        found = client.get(f"/contacts/{contact['id']}/phone").raise_for_status().json()
        assert found == {"name": "Ada", "phone": "02079460000"}


@journey
def colours_are_kept(client: httpx.Client) -> Iterator[None]:
    contact = client.post("/contacts", json=ADA).raise_for_status().json()
    while True:
        yield
        found = client.get(f"/contacts/{contact['id']}/colours").raise_for_status().json()
        assert found == {"name": "Ada", "theme": "dark"}
