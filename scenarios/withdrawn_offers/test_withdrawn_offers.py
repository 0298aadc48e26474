from harness import journey


@journey
def a_withdrawn_offer_stays_away(client):
    offer = client.post("/offers", json={"thing": "chair", "price": 12}).raise_for_status().json()
    assert client.get(f"/offers/{offer['id']}").raise_for_status().json()["price"] == 12
    client.delete(f"/offers/{offer['id']}").raise_for_status()
    while True:
        yield
        assert client.get(f"/offers/{offer['id']}").status_code == 404
        assert client.put(f"/offers/{offer['id']}", json={"price": 10}).status_code == 404


@journey
def a_closed_stall_stays_closed(client):
    stall = client.post("/stalls", json={"keeper": "Ada"}).raise_for_status().json()
    client.put(f"/stalls/{stall['id']}", json={"keeper": "Grace"}).raise_for_status()
    assert client.get(f"/stalls/{stall['id']}").raise_for_status().json()["keeper"] == "Grace"
    client.delete(f"/stalls/{stall['id']}").raise_for_status()
    while True:
        yield
        assert client.get(f"/stalls/{stall['id']}").status_code == 404
        assert client.put(f"/stalls/{stall['id']}", json={"keeper": "Ada"}).status_code == 404
