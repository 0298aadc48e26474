from harness import journey


@journey
def a_parcel_finds_its_way(client):
    while True:
        ada = client.post("/customers", json={"name": "Ada", "address": "Elm Road 3"}).raise_for_status().json()
        yield
        label = client.get(f"/customers/{ada['id']}/label").raise_for_status().json()
        assert label == {"name": "Ada", "address": "Elm Road 3"}


@journey
def the_postage_is_known(client):
    while True:
        yield
        assert client.get("/postage/2").raise_for_status().json() == {"cents": 690}
