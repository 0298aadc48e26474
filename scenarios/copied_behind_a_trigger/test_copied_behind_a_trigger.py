from itertools import cycle

from harness import journey


@journey
def a_reader_moves(client):
    reader = client.post("/readers", json={"town": "Leith"}).raise_for_status().json()
    for town in cycle(["Perth", "Leith"]):
        client.put(f"/readers/{reader['id']}", json={"town": town}).raise_for_status()
        yield
        assert client.get(f"/readers/{reader['id']}").raise_for_status().json() == {"town": town}
