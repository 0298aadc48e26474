from harness import journey


@journey
def an_appointment_is_kept(client):
    made = client.post("/appointments", json={"patient": "Ada", "hour": 9}).raise_for_status().json()
    while True:
        yield
        found = client.get(f"/appointments/{made['id']}").raise_for_status().json()
        assert found == {"patient": "Ada", "hour": 9}


@journey
def a_room_is_found(client):
    made = client.post("/rooms", json={"name": "Garden"}).raise_for_status().json()
    while True:
        yield
        assert client.get(f"/rooms/{made['id']}").raise_for_status().json() == {"name": "Garden"}
