from harness import journey


@journey
def a_season_ticket_is_bought(client):
    while True:
        bought = client.post("/tickets", json={"name": "Ada", "age": 36}).raise_for_status().json()
        yield
        ticket = client.get(f"/tickets/{bought['id']}").raise_for_status().json()
        assert (ticket["name"], ticket["euros"]) == ("Ada", 90)


@journey
def a_locker_is_rented(client):
    while True:
        rented = client.post("/lockers", json={"name": "Ada", "size": "large"}).raise_for_status().json()
        yield
        assert client.get(f"/lockers/{rented['id']}").raise_for_status().json()["size"] == "large"
