from harness import journey


@journey
def a_car_stays_over_night(client):
    ticket = client.post("/tickets", json={"car": "AB 12", "hour": 22}).raise_for_status().json()
    while True:
        yield
        found = client.get(f"/tickets/{ticket['id']}").raise_for_status().json()
        assert found["car"] == "AB 12"
        assert found["cents"] > 0


@journey
def a_pass_is_sold(client):
    while True:
        sold = client.post("/passes", json={"car": "CD 34"}).raise_for_status().json()
        yield
        assert client.get(f"/passes/{sold['id']}").raise_for_status().json() == {"car": "CD 34"}


@journey
def the_gate_opens_in_time(client):
    while True:
        left = client.post("/exits", json={"car": "EF 56", "minutes": 9}).raise_for_status().json()
        assert left == {"gate": "open"}
        yield
