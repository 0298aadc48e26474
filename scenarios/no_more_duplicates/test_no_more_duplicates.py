"""What members of the gym do."""

from uuid import uuid4

from harness import journey


@journey
def a_card_opens_the_door(client):
    while True:
        member = client.post("/members", json={"name": "Ada"}).raise_for_status().json()
        yield
        assert client.get(f"/cards/{member['card']}").raise_for_status().json()["name"] == "Ada"


@journey
def a_class_is_booked_by_two_taps(client):
    while True:
        member = uuid4().hex
        for _ in range(2):
            client.post("/bookings", json={"member": member, "course": "yoga"}).raise_for_status()
        yield
        assert client.get(f"/bookings/{member}").raise_for_status().json() == ["yoga"]
