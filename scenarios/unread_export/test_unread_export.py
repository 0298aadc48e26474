"""What the office does in a day; the accountants' program does not come."""

from collections.abc import Iterator

import httpx

from harness import journey


@journey
def an_invoice_is_kept(client: httpx.Client) -> Iterator[None]:
    written = client.post("/invoices", json={"customer": "Ada", "cents": 1250}).raise_for_status().json()
    while True:
        yield
        assert client.get(f"/invoices/{written['id']}").raise_for_status().json() == written


@journey
def somebody_takes_the_newsletter(client: httpx.Client) -> Iterator[None]:
    taken = client.post("/newsletters", json={"email": "ada@example.com"}).raise_for_status().json()
    while True:
        yield
        assert client.get(f"/newsletters/{taken['id']}").raise_for_status().json() == taken
