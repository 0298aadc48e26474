from itertools import cycle

from harness import journey


@journey
def a_number_is_confirmed(client):
    guest = client.post("/guests", json={"phone": "111"}).raise_for_status().json()
    for phone in cycle(["222", "111"]):
        client.put(f"/guests/{guest['id']}/phone", json={"phone": phone}).raise_for_status()
        client.put(f"/guests/{guest['id']}/confirmation", json={}).raise_for_status()
        yield
        assert client.get(f"/guests/{guest['id']}").raise_for_status().json() == {"phone": phone}
