from harness import journey


@journey
def a_customer_lives_somewhere(client):
    while True:
        home = {"street": "Low Lane 3", "city": "York"}
        customer = client.post("/customers", json=home).raise_for_status().json()
        yield
        assert client.get(f"/customers/{customer['id']}").raise_for_status().json()["street"] == "Low Lane 3"


@journey
def a_courier_starts_somewhere(client):
    while True:
        courier = client.post("/couriers", json={"x": 3, "y": 4}).raise_for_status().json()
        yield
        shown = client.get(f"/couriers/{courier['id']}").raise_for_status().json()
        assert (shown["x"], shown["y"]) == (3, 4)


@journey
def a_bouquet_is_bound(client):
    while True:
        bouquet = client.post("/bouquets", json={"size": "large"}).raise_for_status().json()
        yield
        assert client.get(f"/bouquets/{bouquet['id']}").raise_for_status().json()["size"] == "large"
