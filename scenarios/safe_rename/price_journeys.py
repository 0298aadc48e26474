"""What the shop does with its prices while their column is renamed; the same stories for every deploy."""

from collections.abc import AsyncIterator, Iterator
from itertools import cycle
from uuid import uuid4

import httpx

from harness import journey


def new_product() -> dict[str, str | int]:
    return {"sku": f"CUP-{uuid4().hex[:12]}", "name": "Cup", "price_cents": 1250}


@journey
def a_price_is_kept(client: httpx.Client) -> Iterator[None]:
    product = new_product()
    client.post("/products", json=product).raise_for_status()
    while True:
        yield
        assert client.get(f"/products/{product['sku']}").raise_for_status().json() == product


@journey
def a_price_goes_up_and_down(client: httpx.Client) -> Iterator[None]:
    product = new_product()
    address = f"/products/{product['sku']}"
    client.post("/products", json=product).raise_for_status()
    for price_cents in cycle([1400, 1250]):
        yield
        assert client.get(address).raise_for_status().json() == product
        product["price_cents"] = price_cents
        assert client.patch(address, json={"price_cents": price_cents}).raise_for_status().json() == product
        assert client.get(address).raise_for_status().json() == product


@journey
def a_new_name_leaves_the_price_alone(client: httpx.Client) -> Iterator[None]:
    product = new_product()
    address = f"/products/{product['sku']}"
    client.post("/products", json=product).raise_for_status()
    for name in cycle(["Mug", "Cup"]):
        yield
        product["name"] = name
        assert client.patch(address, json={"name": name}).raise_for_status().json() == product
        assert client.get(address).raise_for_status().json() == product


@journey
async def the_first_products_have_their_prices(client: httpx.AsyncClient) -> AsyncIterator[None]:
    prices = {"TEA-100": 890, "TEA-250": 1990, "POT-1": 5900}
    while True:
        for sku, price_cents in prices.items():
            product = (await client.get(f"/products/{sku}")).raise_for_status().json()
            assert product["price_cents"] == price_cents
        yield
