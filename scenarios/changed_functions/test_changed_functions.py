from harness import journey

TOUR = {"from": [0, 0], "to": [12, 16]}


@journey
def a_tour_has_its_price(client):
    while True:
        yield
        assert client.post("/prices", json=TOUR).raise_for_status().json() == {"euros": 45}


@journey
def a_tour_has_its_length(client):
    while True:
        tour = client.post("/tours", json=TOUR).raise_for_status().json()
        yield
        assert client.get(f"/tours/{tour['id']}").raise_for_status().json() == {"km": 20}


@journey
def the_time_is_estimated(client):
    while True:
        yield
        assert client.post("/times", json={"km": 20}).raise_for_status().json() == {"minutes": 80}
