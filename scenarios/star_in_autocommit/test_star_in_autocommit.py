from harness import journey


@journey
def a_parcel_waits(client):
    while True:
        parcel = client.post("/parcels", json={"addressee": "Ada"}).raise_for_status().json()
        yield
        shown = client.get(f"/parcels/{parcel['id']}").raise_for_status().json()
        assert shown["addressee"] == "Ada"
        assert not shown["fetched"]


@journey
def a_courier_is_known(client):
    while True:
        courier = client.post("/couriers", json={"name": "Bob"}).raise_for_status().json()
        yield
        assert client.get(f"/couriers/{courier['id']}").raise_for_status().json()["name"] == "Bob"
