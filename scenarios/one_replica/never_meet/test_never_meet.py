from uuid import uuid4

from harness import journey


@journey
def a_fare_is_changed(client):
    route = f"/fares/{uuid4()}"
    for cents in range(100, 10_000):
        client.put(route, json={"cents": cents}).raise_for_status()
        yield
        assert client.get(route).raise_for_status().json()["cents"] == cents
