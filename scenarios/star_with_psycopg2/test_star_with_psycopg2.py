from harness import journey


@journey
def a_film_is_shown(client):
    while True:
        film = client.post("/films", json={"title": "Metropolis"}).raise_for_status().json()
        yield
        shown = client.get(f"/films/{film['id']}").raise_for_status().json()
        assert (shown["title"], shown["minutes"]) == ("Metropolis", 90)


@journey
def a_seat_is_taken(client):
    while True:
        seat = client.post("/seats", json={"guest": "Ada"}).raise_for_status().json()
        yield
        assert client.get(f"/seats/{seat['id']}").raise_for_status().json()["guest"] == "Ada"
