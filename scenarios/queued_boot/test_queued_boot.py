from harness import journey


@journey
def a_boat_is_out(client):
    while True:
        made = client.post("/trips", json={"boat": "red double", "guest": "Ada"}).raise_for_status().json()
        yield
        assert client.get(f"/trips/{made['id']}").raise_for_status().json()["guest"] == "Ada"
