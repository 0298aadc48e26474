from harness import journey


@journey
def a_ticket_has_a_place(client):
    while True:
        sold = client.post("/tickets", json={"film": "Metropolis", "place": "by the aisle"}).raise_for_status().json()
        yield
        assert client.get(f"/tickets/{sold['id']}").raise_for_status().json()["film"] == "Metropolis"
