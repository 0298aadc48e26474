from harness import journey


@journey
def a_child_swims(client):
    while True:
        made = client.post("/children", json={"name": "Ida", "badge": "bronze"}).raise_for_status().json()
        yield
        assert client.get(f"/children/{made['id']}").raise_for_status().json()["badge"] == "bronze"
