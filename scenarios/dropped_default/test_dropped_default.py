"""What dog owners do."""

from harness import journey


@journey
def a_dog_is_registered(client):
    while True:
        dog = client.post("/dogs", json={"name": "Bello"}).raise_for_status().json()
        yield
        assert client.get(f"/dogs/{dog['id']}").raise_for_status().json()["name"] == "Bello"


@journey
def a_walk_is_booked(client):
    while True:
        walk = client.post("/walks", json={"dog": "Bello", "day": "2025-05-02"}).raise_for_status().json()
        yield
        assert client.get(f"/walks/{walk['id']}").raise_for_status().json()["day"] == "2025-05-02"


@journey
def an_invoice_is_written(client):
    while True:
        invoice = client.post("/invoices", json={"owner": "Ada", "cents": 1800}).raise_for_status().json()
        yield
        found = client.get(f"/invoices/{invoice['id']}").raise_for_status().json()
        assert (found["cents"], found["currency"]) == (1800, "EUR")
