from harness import journey


@journey
def a_coat_is_kept(client):
    while True:
        hung = client.post("/coats", json={"colour": "green", "hook": 7}).raise_for_status().json()
        yield
        assert client.get(f"/coats/{hung['id']}").raise_for_status().json()["colour"] == "green"
