from harness import journey


@journey
def an_owner_can_be_reached(client):
    while True:
        card = {"name": "Ada", "phone": "030 1234", "email": "ada@example.com"}
        made = client.post("/owners", json=card).raise_for_status().json()
        yield
        found = client.get(f"/owners/{made['id']}").raise_for_status().json()
        assert (found["phone"], found["email"]) == (card["phone"], card["email"])
