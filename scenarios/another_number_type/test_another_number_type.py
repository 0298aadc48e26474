from harness import journey


@journey
def a_cheese_has_a_price(client):
    while True:
        cheese = client.post("/cheeses", json={"name": "Brie", "price": "10.50"}).raise_for_status().json()
        yield
        assert client.get(f"/cheeses/{cheese['id']}").raise_for_status().json()["price"] == "12.60"


@journey
def a_piece_is_weighed(client):
    while True:
        piece = client.post("/weighings", json={"kilos": 0.25}).raise_for_status().json()
        yield
        assert client.get(f"/weighings/{piece['id']}").raise_for_status().json()["price"] == "4.50"


@journey
def stock_is_sold(client):
    while True:
        stock = client.post("/stock", json={"cheese": "Gouda", "amount": 6}).raise_for_status().json()
        yield
        sold = client.post(f"/stock/{stock['id']}/sales", json={"amount": 2}).raise_for_status().json()
        assert sold["left"] == "4"
