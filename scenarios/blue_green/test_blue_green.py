from harness import journey


@journey
def an_order_is_labelled(client):
    while True:
        ordered = client.post("/orders", json={"flowers": "tulips", "recipient": "Ada"}).raise_for_status().json()
        yield
        label = client.get(f"/orders/{ordered['id']}/label").raise_for_status().json()
        assert label["text"].startswith("ADA")


@journey
def an_order_is_bound(client):
    while True:
        ordered = client.post("/orders", json={"flowers": "tulips", "recipient": "Ada"}).raise_for_status().json()
        yield
        assert client.get(f"/orders/{ordered['id']}/flowers").raise_for_status().json()["flowers"] == "tulips"
