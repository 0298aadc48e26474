from harness import journey


@journey
def a_customer_is_known(client):
    while True:
        customer = client.post("/customers", json={"name": "Ada"}).raise_for_status().json()
        yield
        assert client.get(f"/customers/{customer['id']}").raise_for_status().json()["name"] == "Ada"


@journey
def a_product_is_on_the_shelf(client):
    while True:
        bun = client.post("/products", json={"name": "Bun", "pence": 120}).raise_for_status().json()
        yield
        assert client.get(f"/products/{bun['id']}").raise_for_status().json()["price"] == "1.20"


@journey
def an_order_is_collected(client):
    while True:
        order = client.post("/orders", json={"cake": "Lemon"}).raise_for_status().json()
        yield
        client.post(f"/orders/{order['id']}/collection").raise_for_status()
        assert client.get(f"/collected-orders/{order['id']}").raise_for_status().json()["cake"] == "Lemon"
