from harness import journey


@journey
def a_courier_is_kept(client):
    made = client.post("/couriers", json={"name": "Jo"}).raise_for_status().json()
    while True:
        yield
        kept = client.get(f"/couriers/{made['id']}").raise_for_status().json()
        assert kept["name"] == "Jo"
        assert kept["owed"] >= 0
