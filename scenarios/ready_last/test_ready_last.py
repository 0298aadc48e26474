from harness import journey


@journey
def an_evening_is_reserved(client):
    while True:
        made = (
            client.post("/evenings", json={"visitor": "Caroline", "telescope": "refractor"}).raise_for_status().json()
        )
        yield
        assert client.get(f"/evenings/{made['id']}").raise_for_status().json()["telescope"] == "refractor"
