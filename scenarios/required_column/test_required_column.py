from harness import journey


@journey
def a_room_is_booked(client):
    while True:
        booked = client.post("/bookings", json={"room": "Blue", "guest": "Ada"}).raise_for_status().json()
        yield
        assert client.get(f"/bookings/{booked['id']}").raise_for_status().json()["room"] == "Blue"
