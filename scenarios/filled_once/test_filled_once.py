from harness import journey


@journey
def a_parcel_is_found(client):
    while True:
        parcel = client.post("/parcels", json={"town": "Oban"}).raise_for_status().json()
        yield
        assert client.get(f"/parcels/{parcel['id']}").raise_for_status().json() == {"town": "Oban"}
