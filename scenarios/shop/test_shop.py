"""What the shop's customers and its warehouse do, whichever release answers them."""

from collections.abc import AsyncIterator, Iterator
from itertools import count
from uuid import uuid4

import httpx

from harness import journey


def someone() -> str:
    return f"{uuid4()}@example.com"


@journey
def an_order_is_kept(client: httpx.Client) -> Iterator[None]:
    order = {"email": someone(), "sku": "TEA-100", "quantity": 2}
    placed = client.post("/orders", json=order).raise_for_status().json()
    while True:
        yield
        kept = client.get(f"/orders/{placed['id']}").raise_for_status().json()
        assert kept == placed
        assert kept["quantity"] == 2
        assert kept["status"] == "placed"


@journey
async def ones_orders_are_listed(client: httpx.AsyncClient) -> AsyncIterator[None]:
    email = someone()
    placed: list[int] = []
    while True:
        order = {"email": email, "sku": "TEA-250", "quantity": len(placed) + 1}
        answer = await client.post("/orders", json=order)
        placed.append(answer.raise_for_status().json()["id"])
        listed = (await client.get("/orders", params={"email": email})).raise_for_status().json()
        assert sorted(order["id"] for order in listed) == placed
        yield


@journey
def a_cancelled_order_stays_cancelled(client: httpx.Client) -> Iterator[None]:
    order = {"email": someone(), "sku": "POT-1", "quantity": 1}
    placed = client.post("/orders", json=order).raise_for_status().json()
    while True:
        cancelled = client.post(f"/orders/{placed['id']}/cancellation", json={"reason": "too late"})
        assert cancelled.raise_for_status().json()["status"] == "cancelled"
        yield
        kept = client.get(f"/orders/{placed['id']}").raise_for_status().json()
        assert kept["status"] == "cancelled"


@journey
def the_courier_reads_the_note(client: httpx.Client) -> Iterator[None]:
    order = {"email": someone(), "sku": "TEA-100", "quantity": 1}
    placed = client.post("/orders", json=order).raise_for_status().json()
    delivery = f"/orders/{placed['id']}/delivery"
    for rings in count(1):
        note = f"Ring {rings} times"
        client.put(delivery, json={"note": note}).raise_for_status()
        yield
        assert note in client.get(delivery).raise_for_status().json()["note"]


@journey
def a_profile_keeps_its_changes(client: httpx.Client) -> Iterator[None]:
    customer = {"email": someone(), "name": "Ada"}
    profile = client.post("/customers", json=customer).raise_for_status().json()
    address = f"/customers/{profile['id']}"
    while True:
        yield
        assert client.get(address).raise_for_status().json() == profile
        profile = client.patch(address, json={"name": f"Ada {uuid4()}"}).raise_for_status().json()
        assert profile["name"] in profile["greeting"]


@journey
def stock_is_counted(client: httpx.Client) -> Iterator[None]:
    sku = f"CUP-{uuid4().hex[:12]}"
    stock = 100
    product = {"sku": sku, "name": "Cup", "price_cents": 1250, "stock": stock}
    client.post("/products", json=product).raise_for_status()
    while True:
        yield
        kept = client.get(f"/products/{sku}").raise_for_status().json()
        assert kept == {**product, "stock": stock}
        stock += 3
        counted = client.post(f"/products/{sku}/stock", json={"change": 3}).raise_for_status().json()
        assert counted["stock"] == stock
