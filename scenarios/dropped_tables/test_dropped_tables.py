from harness import journey


@journey
def an_umbrella_is_found(client):
    while True:
        find = client.post("/finds", json={"what": "umbrella", "place": "tram"}).raise_for_status().json()
        yield
        found = client.get(f"/finds/{find['id']}").raise_for_status().json()
        assert found == {"what": "umbrella", "shelf": "T"}
