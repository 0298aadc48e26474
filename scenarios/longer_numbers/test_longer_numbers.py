from harness import journey


@journey
def a_parcel_is_tracked(client):
    while True:
        parcel = client.post("/parcels", json={"street": "Mill Lane 4"}).raise_for_status().json()
        yield
        kept = client.get(f"/parcels/{parcel['number']}").raise_for_status().json()
        assert kept["street"] == "Mill Lane 4"


@journey
def a_van_drives(client):
    van = client.post("/vans", json={"plate": "AB 12"}).raise_for_status().json()
    miles = 0
    while True:
        yield
        miles += 30
        driven = client.post(f"/vans/{van['id']}/trips", json={"miles": 30}).raise_for_status().json()
        assert driven["miles"] == miles
