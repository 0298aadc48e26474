from harness import journey


@journey
def a_singer_is_known(client):
    while True:
        made = client.post("/singers", json={"name": "Ada"}).raise_for_status().json()
        yield
        assert client.get(f"/singers/{made['id']}").raise_for_status().json()["name"] == "Ada"
