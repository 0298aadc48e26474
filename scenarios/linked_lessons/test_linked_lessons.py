from harness import journey


@journey
def a_pupil_learns_and_pays(client):
    pupil = client.post("/pupils", json={"name": "Clara"}).raise_for_status().json()["id"]
    count = 0
    while True:
        client.post("/lessons", json={"pupil": pupil, "topic": "scales"}).raise_for_status()
        client.post("/payments", json={"pupil": pupil, "cents": 2500}).raise_for_status()
        count += 1
        yield
        account = client.get(f"/pupils/{pupil}/account").raise_for_status().json()
        assert account["topics"] == ["scales"] * count
        assert account["paid"] == 2500 * count
