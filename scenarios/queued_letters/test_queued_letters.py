from harness import journey


@journey
def a_visit_is_booked(client):
    while True:
        made = client.post("/visits", json={"visitor": "Ada", "room": "Engine room"}).raise_for_status().json()
        yield
        assert client.get(f"/visits/{made['id']}").raise_for_status().json()["room"] == "Engine room"
