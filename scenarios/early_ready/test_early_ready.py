from harness import journey


@journey
def a_dog_is_cut(client):
    while True:
        made = client.post("/dogs", json={"name": "Rex", "cut": "short"}).raise_for_status().json()
        yield
        assert client.get(f"/dogs/{made['id']}").raise_for_status().json()["cut"] == "short"
