from harness import journey


@journey
def a_piece_is_cleaned(client):
    while True:
        made = client.post("/orders", json={"piece": "silk shirt", "wish": "iron"}).raise_for_status().json()
        yield
        assert client.get(f"/orders/{made['id']}").raise_for_status().json()["wish"] == "iron"
