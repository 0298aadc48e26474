from harness import journey


@journey
def a_basket_is_filled(client):
    basket = client.post("/baskets", json={"customer": "Ada"}).raise_for_status().json()
    client.post(f"/baskets/{basket['id']}/cheeses", json={"cheese": "Comté"}).raise_for_status()
    while True:
        yield
        kept = client.get(f"/baskets/{basket['id']}").raise_for_status().json()
        assert kept == {"customer": "Ada", "cheeses": ["Comté"]}


@journey
def a_wish_is_kept(client):
    wish = client.post("/wishes", json={"cheese": "Stilton"}).raise_for_status().json()
    while True:
        yield
        assert client.get(f"/wishes/{wish['id']}").raise_for_status().json() == {"cheese": "Stilton"}
