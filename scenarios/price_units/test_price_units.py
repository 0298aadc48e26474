from harness import journey


@journey
def a_cake_keeps_its_price(client):
    cake = client.post("/cakes", json={"name": "Sacher", "euros": 38.5, "minutes": 55}).raise_for_status().json()
    while True:
        yield
        found = client.get(f"/cakes/{cake['id']}/price").raise_for_status().json()
        assert found == {"name": "Sacher", "euros": 38.5}


@journey
def a_cake_is_baked_long_enough(client):
    cake = client.post("/cakes", json={"name": "Sacher", "euros": 38.5, "minutes": 55}).raise_for_status().json()
    while True:
        yield
        assert client.get(f"/cakes/{cake['id']}/baking").raise_for_status().json()["minutes"] == 55


@journey
def a_delivery_costs_what_was_said(client):
    delivery = client.post("/deliveries", json={"street": "Mill Lane", "kilometres": 3.25}).raise_for_status().json()
    while True:
        yield
        assert client.get(f"/deliveries/{delivery['id']}").raise_for_status().json()["fee"] == 5
