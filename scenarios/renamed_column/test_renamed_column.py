from itertools import cycle

from harness import journey


@journey
def a_singer_changes_voice(client):
    singer = client.post("/singers", json={"name": "Ada", "voice": "alto"}).raise_for_status().json()
    voice = "alto"
    for other in cycle(["tenor", "soprano", "alto"]):
        yield
        assert client.get(f"/singers/{singer['id']}").raise_for_status().json()["voice"] == voice
        client.put(f"/singers/{singer['id']}", json={"voice": other}).raise_for_status()
        voice = client.get(f"/singers/{singer['id']}").raise_for_status().json()["voice"]
        assert voice == other


@journey
def a_rehearsal_is_planned(client):
    while True:
        planned = client.post("/rehearsals", json={"piece": "Gloria", "room": "Hall"}).raise_for_status().json()
        yield
        assert client.get(f"/rehearsals/{planned['id']}").raise_for_status().json()["room"] == "Hall"
