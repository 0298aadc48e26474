"""What readers do."""

from uuid import uuid4

from harness import journey


@journey
def a_meeting_is_called(client):
    while True:
        meeting = client.post("/meetings", json={"book": "Emma", "chairs": 8}).raise_for_status().json()
        yield
        assert client.get(f"/meetings/{meeting['id']}").raise_for_status().json()["chairs"] == 8


@journey
def somebody_joins_twice(client):
    while True:
        email = f"{uuid4().hex}@example.com"
        reader = client.post("/readers", json={"email": email}).raise_for_status().json()
        yield
        assert client.get(f"/readers/{reader['id']}").raise_for_status().json()["email"] == email
        assert client.post("/readers", json={"email": email}).status_code == 409


@journey
def a_rating_is_changed(client):
    reader = uuid4().hex
    while True:
        for stars in (3, 5):
            client.put(f"/ratings/{reader}", json={"book": "Emma", "stars": stars}).raise_for_status()
        yield
        assert client.get(f"/ratings/{reader}").raise_for_status().json() == {"Emma": 5}
