"""What the choir's secretary does."""

from harness import journey


@journey
def a_guest_sings_along(client):
    while True:
        guest = client.post("/guests", json={"name": "Ada"}).raise_for_status().json()
        yield
        assert client.get(f"/guests/{guest['id']}").raise_for_status().json()["name"] == "Ada"


@journey
def a_singer_joins(client):
    while True:
        singer = client.post("/singers", json={"name": "Grace"}).raise_for_status().json()
        yield
        assert client.get(f"/singers/{singer['id']}").raise_for_status().json()["name"] == "Grace"
