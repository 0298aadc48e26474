from harness import journey


@journey
def a_bicycle_is_handed_in(client):
    while True:
        repair = client.post("/repairs", json={"bicycle": "red tandem"}).raise_for_status().json()
        yield
        assert client.get(f"/repairs/{repair['id']}").raise_for_status().json()["bicycle"] == "red tandem"


@journey
def a_repair_is_paid(client):
    while True:
        payment = client.post("/payments", json={"cents": 3500}).raise_for_status().json()
        yield
        assert client.get(f"/payments/{payment['id']}").raise_for_status().json()["cents"] == 3500
