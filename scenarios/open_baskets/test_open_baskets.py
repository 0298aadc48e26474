from harness import journey


@journey
def a_basket_is_paid(client):
    while True:
        basket = client.post("/baskets", json={"item": "plums"}).raise_for_status().json()
        client.post(f"/baskets/{basket['id']}/payment", json={}).raise_for_status()
        yield
        assert client.get(f"/baskets/{basket['id']}").raise_for_status().json() == {"item": "plums", "paid": True}
