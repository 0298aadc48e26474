from harness import journey


@journey
def a_gate_has_a_sign(client):
    while True:
        gate = client.post("/gates", json={"street": "Mill Lane"}).raise_for_status().json()
        yield
        assert client.get(f"/gates/{gate['id']}/sign").raise_for_status().json()["sign"] == "Mill Lane"


@journey
def a_driver_pays(client):
    while True:
        ticket = client.post("/tickets", json={"plate": "AB 12", "hours": 2}).raise_for_status().json()
        yield
        assert client.get(f"/tickets/{ticket['id']}/fee").raise_for_status().json()["fee"] == 300


@journey
def a_pass_changes_hands(client):
    while True:
        old = client.post("/passes", json={"holder": "Ada", "valid": "2030"}).raise_for_status().json()
        yield
        new = client.post(f"/passes/{old['id']}/transfer", json={"holder": "Grace"}).raise_for_status().json()
        kept = client.get(f"/passes/{new['id']}").raise_for_status().json()
        assert (kept["holder"], kept["valid"]) == ("Grace", "2030")


@journey
def a_free_bay_is_found(client):
    while True:
        bay = client.post("/bays", json={"name": "B7"}).raise_for_status().json()
        yield
        assert client.get(f"/bays/{bay['id']}").raise_for_status().json()["name"] == "B7"
