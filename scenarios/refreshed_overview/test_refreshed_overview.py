from harness import journey


@journey
def a_sale_is_kept(client):
    while True:
        made = client.post("/sales", json={"bread": "rye", "pieces": 2}).raise_for_status().json()
        yield
        assert client.get(f"/sales/{made['id']}").raise_for_status().json()["pieces"] == 2


@journey
def a_price_is_looked_up(client):
    while True:
        assert client.get("/prices/rye").raise_for_status().json()["cents"] > 0
        assert client.get("/overview/spelt").raise_for_status().json()["pieces"] >= 7
        yield
