from harness import journey


@journey
def a_helmet_is_bought(client):
    while True:
        helmet = client.post("/helmets", json={"size": "L"}).raise_for_status().json()
        yield
        assert client.get(f"/helmets/{helmet['id']}").raise_for_status().json()["size"] == "L"


@journey
def a_bicycle_is_numbered(client):
    while True:
        bicycle = client.post("/bicycles", json={"model": "Tourer"}).raise_for_status().json()
        yield
        kept = client.get(f"/bicycles/{bicycle['id']}").raise_for_status().json()
        assert kept["sticker"] == f"B{bicycle['id']:05}"


@journey
def a_hire_is_paid(client):
    while True:
        hire = client.post("/hires", json={"pounds": 10}).raise_for_status().json()
        yield
        assert client.get(f"/hires/{hire['id']}").raise_for_status().json()["total"] == 1200
