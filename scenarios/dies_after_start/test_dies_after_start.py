from harness import journey


@journey
def an_appointment_is_made(client):
    while True:
        made = (
            client.post("/appointments", json={"patient": "Ada", "email": "Ada@example.com"}).raise_for_status().json()
        )
        yield
        assert client.get(f"/appointments/{made['id']}").raise_for_status().json()["patient"] == "Ada"
