from uuid import uuid4

from harness import journey


@journey
def a_bus_is_found_at_its_platform(client):
    stop = str(uuid4())
    client.post("/stops", json={"name": stop, "platform": "C", "line": 7}).raise_for_status()
    while True:
        yield
        assert client.get(f"/departures/{stop}").raise_for_status().json() == {"line": 7, "platform": "C"}


@journey
def the_time_with_a_change_is_known(client):
    while True:
        rides = [client.post("/rides", json={"minutes": n}).raise_for_status().json()["id"] for n in (20, 25)]
        yield
        assert client.get(f"/rides/{rides[0]}/{rides[1]}").raise_for_status().json() == {"minutes": 50}


@journey
def a_line_has_its_stops(client):
    stop = str(uuid4())
    client.post("/stops", json={"name": stop, "platform": "A", "line": 9}).raise_for_status()
    while True:
        yield
        assert client.get(f"/lines/{stop}").raise_for_status().json()["lines"] == [9]
