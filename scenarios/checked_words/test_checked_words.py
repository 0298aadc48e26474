from harness import journey


@journey
def seats_are_booked(client):
    while True:
        booked = client.post("/bookings", json={"name": "Ada", "row": 3}).raise_for_status().json()
        yield
        found = client.get(f"/bookings/{booked['id']}").raise_for_status().json()
        assert (found["name"], found["euros"]) == ("Ada", 9)


@journey
def a_film_is_announced(client):
    while True:
        film = client.post("/films", json={"title": "Metropolis", "rating": "all"}).raise_for_status().json()
        yield
        assert client.get(f"/films/{film['id']}").raise_for_status().json() == {"title": "Metropolis", "rating": "all"}
