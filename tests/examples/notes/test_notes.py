"""What somebody does who keeps notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import journey

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx


@journey
def a_note_is_kept(client: httpx.Client) -> Iterator[None]:
    written = client.post("/notes", json={"body": "milk"}).raise_for_status().json()
    while True:
        yield
        kept = client.get(f"/notes/{written['id']}").raise_for_status().json()
        assert kept["body"] == "milk"
