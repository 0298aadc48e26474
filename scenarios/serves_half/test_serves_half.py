from harness import journey


@journey
def a_hive_is_registered(client):
    while True:
        made = client.post("/hives", json={"stand": "orchard", "keeper": "Ada"}).raise_for_status().json()
        yield
        assert client.get(f"/hives/{made['id']}").raise_for_status().json()["stand"] == "orchard"
