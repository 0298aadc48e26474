"""What members of the club do."""

from uuid import uuid4

from harness import journey


@journey
def a_boat_is_kept_longer(client):
    yield from rent_and_extend(client, "/boats")


@journey
def a_court_is_kept_longer(client):
    yield from rent_and_extend(client, "/courts")


def rent_and_extend(client, path):
    while True:
        rental = client.post(path, json={"what": uuid4().hex, "hours": [9, 10]}).raise_for_status().json()
        longer = client.put(f"{path}/{rental['id']}", json={"hours": [9, 11]}).raise_for_status().json()
        yield
        assert client.get(f"{path}/{longer['id']}").raise_for_status().json()["until"] == 11
        assert client.get(f"{path}/{rental['id']}").status_code == 404
