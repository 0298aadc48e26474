from harness import journey


@journey
def singers_join(client):
    choir = client.post("/choirs", json={"name": "Harbour"}).raise_for_status().json()
    joined = 0
    while True:
        client.post(f"/choirs/{choir['id']}/singers", json={"name": "Ada"}).raise_for_status()
        joined += 1
        yield
        assert client.get(f"/choirs/{choir['id']}").raise_for_status().json()["singers"] == joined
