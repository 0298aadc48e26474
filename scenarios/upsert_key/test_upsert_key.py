"""What pharmacists do."""

from uuid import uuid4

from harness import journey


@journey
def a_price_is_changed(client):
    product = uuid4().hex
    for cents in range(100, 200):
        client.put(f"/prices/{product}", json={"cents": cents}).raise_for_status()
        yield
        assert client.get(f"/prices/{product}").raise_for_status().json()["cents"] == cents


@journey
def packs_are_counted(client):
    product = uuid4().hex
    for packs in range(100):
        client.put(f"/stock/{product}", json={"packs": packs}).raise_for_status()
        yield
        assert client.get(f"/stock/{product}").raise_for_status().json()["packs"] == packs
