from harness import journey


@journey
def a_singer_is_known(client):
    while True:
        singer = client.post("/singers", json={"name": "Ada"}).raise_for_status().json()
        yield
        assert client.get(f"/singers/{singer['id']}").raise_for_status().json()["name"] == "Ada"


@journey
def a_rehearsal_is_cancelled(client):
    while True:
        rehearsal = client.post("/rehearsals", json={"day": "Tuesday"}).raise_for_status().json()
        yield
        assert client.get(f"/rehearsals/{rehearsal['id']}").raise_for_status().json()["day"] == "Tuesday"
        client.delete(f"/rehearsals/{rehearsal['id']}").raise_for_status()
        assert client.get(f"/rehearsals/{rehearsal['id']}").status_code == 404
