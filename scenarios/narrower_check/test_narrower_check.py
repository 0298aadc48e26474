"""What customers of the bakery do."""

from harness import journey


@journey
def rolls_are_reserved(client):
    while True:
        rolls = client.post("/rolls", json={"pieces": 6}).raise_for_status().json()
        yield
        assert client.get(f"/rolls/{rolls['id']}").raise_for_status().json()["pieces"] == 6


@journey
def a_cake_is_ordered(client):
    while True:
        given = {"cake": "Carrot", "phone": "020 7946 0018"}
        order = client.post("/orders", json=given).raise_for_status().json()
        yield
        assert client.get(f"/orders/{order['id']}").raise_for_status().json()["cake"] == "Carrot"
