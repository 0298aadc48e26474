from harness import journey


@journey
def a_ticket_is_shown_at_the_door(client):
    while True:
        ticket = {"concert": "Fidelio", "seat": "Row 3, 14", "cents": 4200}
        made = client.post("/tickets", json=ticket).raise_for_status().json()
        yield
        found = client.get(f"/tickets/{made['id']}").raise_for_status().json()
        assert {key: found[key] for key in ticket} == ticket
