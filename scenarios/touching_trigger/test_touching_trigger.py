from harness import journey


@journey
def a_parcel_gets_a_label(client):
    while True:
        parcel = client.post("/parcels", json={"street": "Mill Lane"}).raise_for_status().json()
        yield
        found = client.get(f"/parcels/{parcel['id']}").raise_for_status().json()
        assert found == {"street": "Mill Lane", "label": f"P-{parcel['id']:06}"}


@journey
def a_courier_gets_a_badge(client):
    while True:
        courier = client.post("/couriers", json={"name": "Ada"}).raise_for_status().json()
        yield
        found = client.get(f"/couriers/{courier['id']}").raise_for_status().json()
        assert found == {"name": "Ada", "badge": f"C-{courier['id']:03}"}


@journey
def a_tour_leaves(client):
    while True:
        tour = client.post("/tours", json={"district": "North"}).raise_for_status().json()
        client.put(f"/tours/{tour['id']}", json={"status": "on its way"}).raise_for_status()
        yield
        found = client.get(f"/tours/{tour['id']}").raise_for_status().json()
        assert found == {"district": "North", "status": "on its way"}
