from harness import journey


@journey
def a_parcel_waits(client):
    while True:
        put = client.post("/parcels", json={"recipient": "Ada", "locker": "7"}).raise_for_status().json()
        yield
        assert client.get(f"/parcels/{put['id']}").raise_for_status().json()["recipient"] == "Ada"
