from harness import journey


@journey
def a_climber_is_inside(client):
    entered = client.post("/entries", json={"name": "Ada"}).raise_for_status().json()
    while True:
        yield
        assert client.get(f"/entries/{entered['token']}").raise_for_status().json()["name"] == "Ada"


@journey
def a_route_is_described(client):
    while True:
        built = client.post("/routes", json={"name": "Spider", "grade": "6a"}).raise_for_status().json()
        assert client.get(f"/routes/{built['id']}").raise_for_status().json()["title"].startswith("Spider")
        yield
        assert client.get(f"/routes/{built['id']}").raise_for_status().json()["title"].startswith("Spider")
