"""What people do who want to park."""

from uuid import uuid4

from harness import journey


@journey
def a_car_is_registered(client):
    while True:
        plate = uuid4().hex[:8].upper()
        car = client.post("/cars", json={"plate": plate}).raise_for_status().json()
        yield
        assert client.get(f"/cars/{car['id']}").raise_for_status().json()["plate"] == plate


@journey
def residents_and_visitors_get_permits(client):
    while True:
        resident = client.post("/permits", json={"holder": "Ada", "street": "Mill Lane"}).raise_for_status().json()
        visitor = client.post("/permits", json={"holder": "Grace"}).raise_for_status().json()
        yield
        assert client.get(f"/permits/{resident['id']}").raise_for_status().json()["zone"] == "M"
        assert client.get(f"/permits/{visitor['id']}").raise_for_status().json()["holder"] == "Grace"
