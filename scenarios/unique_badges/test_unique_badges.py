from uuid import uuid4

from harness import journey


@journey
def a_badge_is_given_out_once(client):
    while True:
        badge = uuid4().hex
        client.post("/members", json={"name": "Ada", "badge": badge}).raise_for_status()
        yield
        assert client.post("/members", json={"name": "Eve", "badge": badge}).status_code == 409
        assert [one["name"] for one in client.get(f"/badges/{badge}").raise_for_status().json()] == ["Ada"]


@journey
def a_locker_is_rented_once(client):
    while True:
        number = uuid4().hex
        client.post("/lockers", json={"number": number, "renter": "Ada"}).raise_for_status()
        yield
        assert client.post("/lockers", json={"number": number, "renter": "Eve"}).status_code == 409
        assert [one["renter"] for one in client.get(f"/lockers/{number}").raise_for_status().json()] == ["Ada"]
