from harness import journey


@journey
def a_guest_is_found(client):
    while True:
        guest = client.post("/guests", json={"name": "Ada", "salutation": "Dear Ada"}).raise_for_status().json()
        yield
        assert client.get(f"/guests/{guest['id']}").raise_for_status().json()["name"] == "Ada"
