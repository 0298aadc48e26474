from harness import journey


@journey
def a_pupil_plays_an_instrument(client):
    while True:
        told = client.post("/pupils", json={"name": "Ada", "plays": "oboe"}).raise_for_status().json()
        yield
        assert client.get(f"/pupils/{told['id']}").raise_for_status().json()["plays"] == "oboe"


@journey
def a_lesson_is_booked(client):
    while True:
        booked = client.post("/lessons", json={"weekday": "Monday"}).raise_for_status().json()
        yield
        assert client.get(f"/lessons/{booked['id']}").raise_for_status().json()["weekday"] == "Monday"
